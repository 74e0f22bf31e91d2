package java.nio.file;

public interface Path extends Comparable<Path>, Iterable<Path> {
    static Path of(String first, String... more);
    Path getFileName();
    Path getParent();
    Path getName(int at);
    Path getRoot();
    Path normalize();
    Path relativize(Path other);
    Path resolve(Object other);
    Path resolveSibling(Object other);
    Path toAbsolutePath();
    java.io.File toFile();
    Path toRealPath(Object... options);
}
public class Paths { public static Path get(Object first, String... more); }
public class Files {
    public static Path createDirectories(Path path, Object... more);
    public static Path createDirectory(Path path, Object... more);
    public static Path createFile(Path path, Object... more);
    public static Path createTempDirectory(Object... more);
    public static Path createTempFile(Object... more);
    public static boolean exists(Path path, Object... more);
    public static boolean isDirectory(Path path, Object... more);
    public static java.io.BufferedReader newBufferedReader(Path path, Object... more);
    public static java.io.BufferedWriter newBufferedWriter(Path path, Object... more);
    public static java.io.InputStream newInputStream(Path path, Object... more);
    public static java.io.OutputStream newOutputStream(Path path, Object... more);
    public static byte[] readAllBytes(Path path);
    public static java.util.List<String> readAllLines(Path path, Object... more);
    public static String readString(Path path, Object... more);
    public static long size(Path path);
}
