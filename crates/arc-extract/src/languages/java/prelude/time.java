package java.time;

public class Instant implements Comparable<Instant> {
    public static Instant now();
    public static Instant ofEpochMilli(long time);
    public Instant plusMillis(long time);
    public Instant minusMillis(long time);
    public long toEpochMilli();
    public ZonedDateTime atZone(Object zone);
}
public class LocalDate implements Comparable<LocalDate> {
    public static LocalDate now();
    public static LocalDate of(int year, Object month, int day);
    public LocalDate minusDays(long days);
    public LocalDate plusDays(long days);
    public LocalDateTime atStartOfDay();
    public LocalDateTime atTime(Object... time);
}
public class LocalDateTime implements Comparable<LocalDateTime> {
    public static LocalDateTime now();
    public static LocalDateTime of(Object... parts);
    public static LocalDateTime ofInstant(Instant time, Object zone);
    public ZonedDateTime atZone(Object zone);
    public LocalDate toLocalDate();
    public Instant toInstant(Object offset);
}
public class ZonedDateTime implements Comparable<ZonedDateTime> {
    public static ZonedDateTime now();
    public static ZonedDateTime of(Object... parts);
    public Instant toInstant();
    public LocalDate toLocalDate();
    public LocalDateTime toLocalDateTime();
    public OffsetDateTime toOffsetDateTime();
}
public class OffsetDateTime implements Comparable<OffsetDateTime> {
    public static OffsetDateTime now();
    public static OffsetDateTime of(Object... parts);
    public Instant toInstant();
    public LocalDateTime toLocalDateTime();
}
public class Duration implements Comparable<Duration> {
    public static Duration between(Object from, Object to);
    public static Duration ofMillis(long time);
    public static Duration ofMinutes(long time);
    public static Duration ofSeconds(long time);
    public long toMillis();
    public Duration plus(Duration more);
}
