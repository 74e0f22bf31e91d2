package java.nio.charset;

public class Charset implements Comparable<Charset> {
    public static Charset defaultCharset();
    public static Charset forName(String name);
    public String displayName();
    public String name();
}
public class StandardCharsets {
    public static final Charset ISO_8859_1;
    public static final Charset US_ASCII;
    public static final Charset UTF_16;
    public static final Charset UTF_16BE;
    public static final Charset UTF_16LE;
    public static final Charset UTF_8;
}
