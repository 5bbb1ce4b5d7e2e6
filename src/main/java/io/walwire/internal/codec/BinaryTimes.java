package io.walwire.internal.codec;

import java.time.LocalDate;

/** Dates and times as DateStyle ISO and IntervalStyle postgres print them, in UTC. */
final class BinaryTimes {
    /** 2000-01-01, from which PostgreSQL counts, as a day of {@link LocalDate}. */
    static final int EPOCH_DAY = 10_957;

    private static final long MICROS_PER_HOUR = 3_600_000_000L;

    private BinaryTimes() {}

    static void put(TextOutput out, BinaryForm form, BinaryInput in) {
        switch (form) {
            case DATE -> putDate(out, in.int32());
            case TIME -> putTime(out, timeOfDay(in.int64()));
            case TIMETZ -> {
                putTime(out, timeOfDay(in.int64()));
                putOffset(out, in.int32());
            }
            case TIMESTAMP -> putTimestamp(out, in.int64(), "");
            case TIMESTAMPTZ -> putTimestamp(out, in.int64(), "+00");
            default -> putInterval(out, in.int64(), in.int32(), in.int32());
        }
    }

    static long timeOfDay(long micros) {
        if (micros < 0 || micros > TimeText.MICROS_PER_DAY) {
            throw UnrepresentableException.malformedBinary();
        }
        return micros;
    }

    private static void putDate(TextOutput out, int day) {
        if (day == Integer.MAX_VALUE || day == Integer.MIN_VALUE) {
            out.put(day > 0 ? "infinity" : "-infinity");
            return;
        }
        LocalDate date = LocalDate.ofEpochDay((long) day + EPOCH_DAY);
        putDate(out, date);
        putEra(out, date);
    }

    private static void putDate(TextOutput out, LocalDate date) {
        int year = date.getYear();
        out.putPadded(year > 0 ? year : 1 - year, 4)
                .put('-')
                .putPadded(date.getMonthValue(), 2)
                .put('-')
                .putPadded(date.getDayOfMonth(), 2);
    }

    private static void putEra(TextOutput out, LocalDate date) {
        if (date.getYear() <= 0) {
            out.put(" BC");
        }
    }

    private static void putTimestamp(TextOutput out, long micros, String offset) {
        if (micros == Long.MAX_VALUE || micros == Long.MIN_VALUE) {
            out.put(micros > 0 ? "infinity" : "-infinity");
            return;
        }
        LocalDate date = LocalDate.ofEpochDay(Math.floorDiv(micros, TimeText.MICROS_PER_DAY) + EPOCH_DAY);
        putDate(out, date);
        out.put(' ');
        putTime(out, Math.floorMod(micros, TimeText.MICROS_PER_DAY));
        out.put(offset);
        putEra(out, date);
    }

    private static void putTime(TextOutput out, long micros) {
        int seconds = (int) (micros / 1_000_000);
        out.putPadded(seconds / 3600, 2)
                .put(':')
                .putPadded(seconds / 60 % 60, 2)
                .put(':')
                .putPadded(seconds % 60, 2)
                .putFraction((int) (micros % 1_000_000));
    }

    /** Seconds are counted west of Greenwich, and printed east of it. */
    private static void putOffset(TextOutput out, int west) {
        if (Math.abs((long) west) >= TimeText.SECONDS_PER_DAY) {
            throw UnrepresentableException.malformedBinary();
        }
        int magnitude = Math.abs(west);
        out.put(west <= 0 ? '+' : '-').putPadded(magnitude / 3600, 2);
        if (magnitude % 3600 != 0) {
            out.put(':').putPadded(magnitude / 60 % 60, 2);
        }
        if (magnitude % 60 != 0) {
            out.put(':').putPadded(magnitude % 60, 2);
        }
    }

    private static void putInterval(TextOutput out, long micros, int days, int months) {
        boolean largest = micros == Long.MAX_VALUE && days == Integer.MAX_VALUE && months == Integer.MAX_VALUE;
        boolean smallest = micros == Long.MIN_VALUE && days == Integer.MIN_VALUE && months == Integer.MIN_VALUE;
        if (largest || smallest) {
            out.put(largest ? "infinity" : "-infinity");
            return;
        }
        int from = out.length();
        boolean afterNegative = putUnit(out, from, months / 12, "year", false);
        afterNegative = putUnit(out, from, months % 12, "mon", afterNegative);
        afterNegative = putUnit(out, from, days, "day", afterNegative);
        if (micros == 0 && out.length() > from) {
            return;
        }
        if (out.length() > from) {
            out.put(' ');
        }
        if (micros < 0) {
            out.put('-');
        } else if (afterNegative) {
            out.put('+');
        }
        long hours = Math.abs(
                micros / MICROS_PER_HOUR); // from PostgreSQL 15 on, there may be more of them than an int holds
        out.put(hours < 10 ? "0" : "")
                .putLong(hours)
                .put(':')
                .putPadded((int) Math.abs(micros / 60_000_000 % 60), 2)
                .put(':')
                .putPadded((int) Math.abs(micros / 1_000_000 % 60), 2)
                .putFraction((int) Math.abs(micros % 1_000_000));
    }

    /** Nothing for zero; whether what follows takes a plus, as it does after the last part that is negative. */
    private static boolean putUnit(TextOutput out, int from, int amount, String unit, boolean afterNegative) {
        if (amount == 0) {
            return afterNegative;
        }
        if (out.length() > from) {
            out.put(' ');
        }
        if (afterNegative && amount > 0) {
            out.put('+');
        }
        out.putLong(amount).put(' ').put(unit);
        if (amount != 1) {
            out.put('s');
        }
        return amount < 0;
    }
}
