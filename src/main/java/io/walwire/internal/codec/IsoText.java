package io.walwire.internal.codec;

import java.time.LocalDate;

/** Dates and times in ISO 8601, from PostgreSQL's text and binary form and by its range, which is not that of every Java type. */
final class IsoText {
    private IsoText() {}

    static void date(TextOutput out, byte[] bytes, int from, int to) {
        date(out, TimeText.packedDate(bytes, from, to));
    }

    /** A day in binary, which is no infinity. */
    static void date(TextOutput out, int day) {
        date(out, packed(LocalDate.ofEpochDay((long) day + BinaryTimes.EPOCH_DAY)));
    }

    static void timestamp(TextOutput out, byte[] bytes, int from, int to) {
        int space = TimeText.spaceAfterDate(bytes, from, to);
        int end = TimeText.withoutEra(bytes, from, to);
        date(out, TimeText.packedDate(bytes, from, space, end != to));
        out.put('T');
        time(out, TimeText.micros(bytes, space + 1, end));
    }

    /** A timestamp in binary, which is no infinity. */
    static void timestamp(TextOutput out, long micros) {
        date(out, Math.toIntExact(Math.floorDiv(micros, TimeText.MICROS_PER_DAY)));
        out.put('T');
        time(out, Math.floorMod(micros, TimeText.MICROS_PER_DAY));
    }

    /** In UTC, whatever the offset of the text. */
    static void timestamptz(TextOutput out, byte[] bytes, int from, int to) {
        int space = TimeText.spaceAfterDate(bytes, from, to);
        int end = TimeText.withoutEra(bytes, from, to);
        int sign = TimeText.signAfter(bytes, space, end);
        long date = TimeText.packedDate(bytes, from, space, end != to);
        long micros = TimeText.micros(bytes, space + 1, sign);
        long utc = micros - TimeText.offsetSeconds(bytes, sign, end) * 1_000_000L;
        if (utc < 0 || utc >= TimeText.MICROS_PER_DAY) {
            date = packed(TimeText.date(date).plusDays(Math.floorDiv(utc, TimeText.MICROS_PER_DAY)));
            utc = Math.floorMod(utc, TimeText.MICROS_PER_DAY);
        }
        date(out, date);
        out.put('T');
        time(out, utc);
        out.put('Z');
    }

    /** PostgreSQL leaves the minutes of an offset out where there are none; ISO 8601 has them everywhere. */
    static void timetz(TextOutput out, byte[] bytes, int from, int to) {
        int sign = TimeText.signAfter(bytes, from, to);
        int offset = TimeText.offsetSeconds(bytes, sign, to);
        time(out, TimeText.micros(bytes, from, sign));
        int magnitude = Math.abs(offset);
        out.put((char) bytes[sign]).putTwo(magnitude / 3600).put(':').putTwo(magnitude / 60 % 60);
        if (magnitude % 60 != 0) {
            out.put(':').putTwo(magnitude % 60);
        }
    }

    private static long packed(LocalDate date) {
        return TimeText.packed(date.getYear(), date.getMonthValue(), date.getDayOfMonth());
    }

    private static void date(TextOutput out, long packedDate) {
        int year = TimeText.year(packedDate);
        if (year >= 0 && year <= 9999) {
            out.putTwo(year / 100).putTwo(year % 100);
        } else {
            out.put(year < 0 ? '-' : '+').putPadded(Math.abs(year), 4);
        }
        out.put('-').putTwo(TimeText.month(packedDate)).put('-').putTwo(TimeText.day(packedDate));
    }

    /** The time of day, up to the end of the day. */
    static void time(TextOutput out, long micros) {
        int seconds = (int) (micros / 1_000_000);
        out.putTwo(seconds / 3600)
                .put(':')
                .putTwo(seconds / 60 % 60)
                .put(':')
                .putTwo(seconds % 60)
                .putFraction((int) (micros % 1_000_000));
    }
}
