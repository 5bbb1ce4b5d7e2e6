package io.walwire.internal.codec;

import java.time.LocalDate;

/** Dates and times in ISO 8601, from PostgreSQL's text and by its range, which is not that of every Java type. */
final class IsoText {
    /** A sign, a year of nine digits, month and day, time, six digits of a fraction and Z make 34. */
    private static final int LONGEST = 34;

    private final byte[] iso = new byte[LONGEST];
    private int length;

    private IsoText() {}

    static IsoText date(byte[] bytes, int from, int to) {
        IsoText text = new IsoText();
        text.put(TimeText.packedDate(bytes, from, to));
        return text;
    }

    static IsoText timestamp(byte[] bytes, int from, int to) {
        int space = TimeText.spaceAfterDate(bytes, from, to);
        int end = TimeText.withoutEra(bytes, from, to);
        IsoText text = new IsoText();
        text.put(TimeText.packedDate(bytes, from, space, end != to));
        text.put((byte) 'T');
        text.putTime(TimeText.micros(bytes, space + 1, end));
        return text;
    }

    /** In UTC, whatever the offset of the text. */
    static IsoText timestamptz(byte[] bytes, int from, int to) {
        int space = TimeText.spaceAfterDate(bytes, from, to);
        int end = TimeText.withoutEra(bytes, from, to);
        int sign = TimeText.signAfter(bytes, space, end);
        long date = TimeText.packedDate(bytes, from, space, end != to);
        long micros = TimeText.micros(bytes, space + 1, sign);
        long utc = micros - TimeText.offsetSeconds(bytes, sign, end) * 1_000_000L;
        if (utc < 0 || utc >= TimeText.MICROS_PER_DAY) {
            LocalDate shifted = TimeText.date(date).plusDays(Math.floorDiv(utc, TimeText.MICROS_PER_DAY));
            date = TimeText.packed(shifted.getYear(), shifted.getMonthValue(), shifted.getDayOfMonth());
            utc = Math.floorMod(utc, TimeText.MICROS_PER_DAY);
        }
        IsoText text = new IsoText();
        text.put(date);
        text.put((byte) 'T');
        text.putTime(utc);
        text.put((byte) 'Z');
        return text;
    }

    /** PostgreSQL leaves the minutes of an offset out where there are none; ISO 8601 has them everywhere. */
    static IsoText timetz(byte[] bytes, int from, int to) {
        int sign = TimeText.signAfter(bytes, from, to);
        int offset = TimeText.offsetSeconds(bytes, sign, to);
        IsoText text = new IsoText();
        text.putTime(TimeText.micros(bytes, from, sign));
        text.put(bytes[sign]);
        int magnitude = Math.abs(offset);
        text.putTwo(magnitude / 3600);
        text.put((byte) ':');
        text.putTwo(magnitude / 60 % 60);
        if (magnitude % 60 != 0) {
            text.put((byte) ':');
            text.putTwo(magnitude % 60);
        }
        return text;
    }

    byte[] bytes() {
        return iso;
    }

    int length() {
        return length;
    }

    private void put(byte b) {
        iso[length++] = b;
    }

    private void put(long packedDate) {
        int year = TimeText.year(packedDate);
        if (year < 0 || year > 9999) {
            put((byte) (year < 0 ? '-' : '+'));
        }
        int magnitude = Math.abs(year);
        int digits = 4;
        for (int limit = 10_000; digits < 9 && magnitude >= limit; limit *= 10) {
            digits++;
        }
        putDigits(magnitude, digits);
        put((byte) '-');
        putTwo(TimeText.month(packedDate));
        put((byte) '-');
        putTwo(TimeText.day(packedDate));
    }

    private void putTime(long micros) {
        int seconds = (int) (micros / 1_000_000);
        putTwo(seconds / 3600);
        put((byte) ':');
        putTwo(seconds / 60 % 60);
        put((byte) ':');
        putTwo(seconds % 60);
        int fraction = (int) (micros % 1_000_000);
        if (fraction != 0) {
            put((byte) '.');
            putDigits(fraction, 6);
            while (iso[length - 1] == '0') {
                length--;
            }
        }
    }

    private void putTwo(int number) {
        iso[length] = (byte) ('0' + number / 10);
        iso[length + 1] = (byte) ('0' + number % 10);
        length += 2;
    }

    private void putDigits(int number, int digits) {
        int rest = number;
        for (int i = length + digits - 1; i >= length; i--) {
            iso[i] = (byte) ('0' + rest % 10);
            rest /= 10;
        }
        length += digits;
    }
}
