module shop {
    requires io.walwire;

    opens shop to
            io.walwire;
}
