package io.walwire.benchmarks;

/** What must not cost more where there is more of it: the same work over few and over many. */
enum Growth {
    TABLES(
            new Side("1 table", Workload.TABLES_1, Consumer.WALWIRE_NONE),
            new Side("1,000 tables", Workload.TABLES_1000, Consumer.WALWIRE_NONE)),
    MANY_TABLES(
            new Side("1 table", Workload.TABLES_1, Consumer.WALWIRE_NONE),
            new Side("10,000 tables", Workload.TABLES_10000, Consumer.WALWIRE_NONE)),
    HANDLERS(
            new Side("1 handler of 1,000 tables", Workload.TABLES_1000, Consumer.WALWIRE_NONE),
            new Side("1,000 handlers of a table each", Workload.TABLES_1000, Consumer.WALWIRE_HANDLERS)),
    COLUMNS(
            new Side("2 columns, both read", Workload.COLUMNS_2, Consumer.WALWIRE_TWO),
            new Side("1,600 columns, two read", Workload.COLUMNS_1600, Consumer.WALWIRE_TWO));

    @SuppressWarnings("ImmutableEnumChecker") // a record of constants
    private final Side from;

    @SuppressWarnings("ImmutableEnumChecker") // as above
    private final Side to;

    Growth(Side from, Side to) {
        this.from = from;
        this.to = to;
    }

    /** One side of the comparison. */
    record Side(String title, Workload workload, Consumer consumer) {
        double speed(Results results) {
            return results.speed(workload, consumer);
        }

        double ofBare(Results results) {
            return speed(results) / results.speed(workload, Consumer.BARE);
        }

        double aboveBare(Results results) {
            return results.median(workload, consumer, Measurement::allocated)
                    - results.median(workload, Consumer.BARE, Measurement::allocated);
        }
    }

    Side from() {
        return from;
    }

    Side to() {
        return to;
    }

    double ratio(Results results) {
        return to.ofBare(results) / from.ofBare(results);
    }
}
