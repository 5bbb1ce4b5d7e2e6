module shop {
    requires io.walwire;

    exports shop to
            io.walwire;
}
