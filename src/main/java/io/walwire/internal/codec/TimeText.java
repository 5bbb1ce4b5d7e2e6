package io.walwire.internal.codec;

import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.Month;
import java.time.OffsetTime;
import java.time.Year;
import java.time.ZoneOffset;

/**
 * PostgreSQL's text of dates and times in DateStyle ISO. The fields travel packed in a long, so that reading a value makes
 * nothing but the value.
 */
final class TimeText {
    static final long MICROS_PER_DAY = 86_400_000_000L;
    static final int SECONDS_PER_DAY = 86_400;

    private static final String BC = " BC";

    /** The lengths of a year of four digits with month and day, and of an offset of hours. */
    private static final int USUAL_DATE = 10;

    private static final int USUAL_OFFSET = 3;

    /** As many as PostgreSQL prints; with more, Java may not know the day before or after. */
    private static final int MAX_YEAR_DIGITS = 7;

    private TimeText() {}

    static boolean isInfinity(byte[] bytes, int from, int to) {
        return Ascii.equals(bytes, from, to, "infinity");
    }

    static boolean isNegativeInfinity(byte[] bytes, int from, int to) {
        return Ascii.equals(bytes, from, to, "-infinity");
    }

    static LocalDate date(byte[] bytes, int from, int to) {
        if (isInfinity(bytes, from, to)) {
            return LocalDate.MAX;
        }
        return isNegativeInfinity(bytes, from, to) ? LocalDate.MIN : date(packedDate(bytes, from, to));
    }

    static LocalTime time(byte[] bytes, int from, int to) {
        return timeOfDay(micros(bytes, from, to));
    }

    static LocalTime timeOfDay(long micros) {
        if (micros == MICROS_PER_DAY) {
            throw new UnrepresentableException("24:00:00 is a time of day to PostgreSQL, and none to Java");
        }
        return LocalTime.ofNanoOfDay(micros * 1000);
    }

    static OffsetTime timetz(byte[] bytes, int from, int to) {
        int sign = signAfter(bytes, from, to);
        ZoneOffset offset = offset(offsetSeconds(bytes, sign, to));
        return OffsetTime.of(time(bytes, from, sign), offset);
    }

    static ZoneOffset offset(long seconds) {
        if (Math.abs(seconds) > ZoneOffset.MAX.getTotalSeconds()) {
            throw new UnrepresentableException("Java knows no offset beyond 18 hours");
        }
        return ZoneOffset.ofTotalSeconds((int) seconds);
    }

    static LocalDateTime timestamp(byte[] bytes, int from, int to) {
        if (isInfinity(bytes, from, to)) {
            return LocalDateTime.MAX;
        }
        if (isNegativeInfinity(bytes, from, to)) {
            return LocalDateTime.MIN;
        }
        int space = spaceAfterDate(bytes, from, to);
        int end = withoutEra(bytes, from, to);
        LocalDate date = date(packedDate(bytes, from, space, end != to));
        return LocalDateTime.of(date, time(bytes, space + 1, end));
    }

    static Instant timestamptz(byte[] bytes, int from, int to) {
        if (isInfinity(bytes, from, to)) {
            return Instant.MAX;
        }
        if (isNegativeInfinity(bytes, from, to)) {
            return Instant.MIN;
        }
        int space = spaceAfterDate(bytes, from, to);
        int end = withoutEra(bytes, from, to);
        int sign = signAfter(bytes, space, end);
        long micros = micros(bytes, space + 1, sign);
        long day = date(packedDate(bytes, from, space, end != to)).toEpochDay();
        long second = day * SECONDS_PER_DAY + micros / 1_000_000 - offsetSeconds(bytes, sign, end);
        return Instant.ofEpochSecond(second, micros % 1_000_000 * 1000);
    }

    static LocalDate date(long packed) {
        return LocalDate.of(year(packed), month(packed), day(packed));
    }

    static int year(long packed) {
        return (int) (packed >> 9);
    }

    static int month(long packed) {
        return (int) (packed >> 5) & 15;
    }

    static int day(long packed) {
        return (int) packed & 31;
    }

    static long packedDate(byte[] bytes, int from, int to) {
        int end = withoutEra(bytes, from, to);
        return packedDate(bytes, from, end, end != to);
    }

    /** {@code 2024-02-29}, its year of four digits or more, as ISO counts years: 1 BC is 0. */
    static long packedDate(byte[] bytes, int from, int to, boolean beforeChrist) {
        int yearEnd = to - 6;
        if (yearEnd - from < 4
                || yearEnd - from > MAX_YEAR_DIGITS
                || bytes[yearEnd] != '-'
                || bytes[yearEnd + 3] != '-') {
            throw UnrepresentableException.malformed();
        }
        int year = 0;
        for (int i = from; i < yearEnd; i++) {
            year = year * 10 + Ascii.digit(bytes[i]);
        }
        int isoYear = beforeChrist ? 1 - year : year;
        int month = Ascii.twoDigits(bytes, yearEnd + 1, to);
        int day = Ascii.twoDigits(bytes, yearEnd + 4, to);
        if (year == 0 || month < 1 || month > 12 || day < 1 || day > lengthOfMonth(isoYear, month)) {
            throw UnrepresentableException.malformed();
        }
        return packed(isoYear, month, day);
    }

    static long packed(int year, int month, int day) {
        return (long) year << 9 | month << 5 | day;
    }

    private static int lengthOfMonth(int year, int month) {
        return Month.of(month).length(Year.isLeap(year));
    }

    /** {@code 23:59:59.999999} as microseconds of the day; {@code 24:00:00} is the whole day. */
    static long micros(byte[] bytes, int from, int to) {
        if (to - from < 8 || bytes[from + 2] != ':' || bytes[from + 5] != ':') {
            throw UnrepresentableException.malformed();
        }
        int hour = Ascii.twoDigits(bytes, from, to);
        int minute = Ascii.twoDigits(bytes, from + 3, to);
        int second = Ascii.twoDigits(bytes, from + 6, to);
        long micros = (hour * 3600L + minute * 60L + second) * 1_000_000 + fraction(bytes, from + 8, to);
        if (minute > 59 || second > 59 || micros > MICROS_PER_DAY) {
            throw UnrepresentableException.malformed();
        }
        return micros;
    }

    /** Nothing, or a point and up to six digits, as microseconds. */
    static int fraction(byte[] bytes, int from, int to) {
        if (from == to) {
            return 0;
        }
        if (bytes[from] != '.' || to - from < 2 || to - from > 7) {
            throw UnrepresentableException.malformed();
        }
        int micros = 0;
        for (int i = from + 1; i <= from + 6; i++) {
            micros = micros * 10 + (i < to ? Ascii.digit(bytes[i]) : 0);
        }
        return micros;
    }

    /** {@code +05:21:10}, its minutes and seconds maybe left out. */
    static int offsetSeconds(byte[] bytes, int from, int to) {
        int length = to - from;
        if (length != 3 && length != 6 && length != 9) {
            throw UnrepresentableException.malformed();
        }
        int seconds = Ascii.twoDigits(bytes, from + 1, to) * 3600;
        for (int i = from + 3, unit = 60; i < to; i += 3, unit = 1) {
            int part = Ascii.twoDigits(bytes, i + 1, to);
            if (bytes[i] != ':' || part > 59) {
                throw UnrepresentableException.malformed();
            }
            seconds += part * unit;
        }
        return bytes[from] == '-' ? -seconds : seconds;
    }

    static int spaceAfterDate(byte[] bytes, int from, int to) {
        if (to - from > USUAL_DATE && bytes[from + USUAL_DATE] == ' ') {
            return from + USUAL_DATE;
        }
        int space = Ascii.indexOf(bytes, from, to, ' ');
        if (space < 0) {
            throw UnrepresentableException.malformed();
        }
        return space;
    }

    /** Where the offset of a time begins. */
    static int signAfter(byte[] bytes, int from, int to) {
        int usual = to - USUAL_OFFSET;
        if (usual >= from && (bytes[usual] == '+' || bytes[usual] == '-')) {
            return usual;
        }
        for (int i = from; i < to; i++) {
            if (bytes[i] == '+' || bytes[i] == '-') {
                return i;
            }
        }
        throw UnrepresentableException.malformed();
    }

    /** The end of the text without the " BC" that follows a date, and the time of day, before year 1. */
    static int withoutEra(byte[] bytes, int from, int to) {
        return Ascii.endsWith(bytes, from, to, BC) ? to - BC.length() : to;
    }
}
