package io.walwire.benchmarks;

/** A JVM that does nothing until its standard input ends. */
public final class NothingMain {
    private NothingMain() {}

    /** Prints one line when it is there. */
    public static void main(String[] arguments) throws Exception {
        System.out.println("ready");
        while (System.in.read() >= 0) {
            // until the parent has looked at it
        }
    }
}
