package java.security;

public interface PrivilegedAction<T> { T run(); }
public interface PrivilegedExceptionAction<T> { T run(); }
public class AccessController {
    public static <T> T doPrivileged(PrivilegedAction<T> action, Object... more);
    public static <T> T doPrivileged(PrivilegedExceptionAction<T> action, Object... more);
}
