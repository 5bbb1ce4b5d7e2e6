package io.walwire.site;

import java.nio.file.Path;

/**
 * Where a link leads.
 *
 * @param file from the top of the checkout
 * @param anchor without the hash sign; empty for the beginning
 */
record Target(Path file, String anchor) {
    @Override
    public String toString() {
        return anchor.isEmpty() ? file.toString() : file + "#" + anchor;
    }
}
