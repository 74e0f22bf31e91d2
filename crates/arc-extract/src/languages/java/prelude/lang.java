package java.lang;

public class Object {
    public Class<?> getClass();
    public boolean equals(Object other);
    public int hashCode();
    public String toString();
    public void notify();
    public void notifyAll();
    public void wait();
    protected Object clone();
}

// Primitive types: a value fits where the next wider type or the box is wanted.
class __boolean extends Boolean {}
class __byte extends __short implements Byte {}
class __short extends __int implements Short {}
class __char extends __int implements Character {}
class __int extends __long implements Integer {}
class __long extends __float implements Long {}
class __float extends __double implements Float {}
class __double extends Double {}

class __array<T> extends Object {
    public final int length;
    public T __element();
    public T __index(int at);
    public T[] clone();
}

public interface Comparable<T> { int compareTo(T other); }
public interface CharSequence { int length(); char charAt(int at); CharSequence subSequence(int from, int to); }
public interface AutoCloseable { void close(); }
public interface Runnable { void run(); }
public interface Cloneable {}
public interface Iterable<T> {
    java.util.Iterator<T> iterator();
    default void forEach(java.util.function.Consumer<? super T> action) {}
}

public class String implements CharSequence, Comparable<String> {
    public static String format(String format, Object... args);
    public static String join(CharSequence glue, Object... parts);
    public static String valueOf(Object value);
    public String concat(String other);
    public boolean contains(CharSequence part);
    public boolean endsWith(String part);
    public boolean equalsIgnoreCase(String other);
    public byte[] getBytes(Object charset);
    public int indexOf(String part);
    public String intern();
    public boolean isEmpty();
    public boolean isBlank();
    public String repeat(int times);
    public String replace(CharSequence from, CharSequence to);
    public String replaceAll(String from, String to);
    public String[] split(String at);
    public boolean startsWith(String part);
    public String strip();
    public String substring(int from, int to);
    public char[] toCharArray();
    public String toLowerCase();
    public String toUpperCase();
    public String trim();
    public java.util.stream.Stream<String> lines();
}

public class StringBuilder implements CharSequence {
    public StringBuilder append(Object value);
    public StringBuilder insert(int at, Object value);
    public StringBuilder reverse();
    public StringBuilder deleteCharAt(int at);
    public void setLength(int length);
    public String substring(int from, int to);
}
public class StringBuffer implements CharSequence { public StringBuffer append(Object value); }

public class Number {
    public int intValue();
    public long longValue();
    public float floatValue();
    public double doubleValue();
    public short shortValue();
    public byte byteValue();
}
public class Boolean extends Object {}
public class Byte extends Number {}
public class Short extends Number {}
public class Character extends Object {}
public class Integer extends Number implements Comparable<Integer> {}
public class Long extends Number implements Comparable<Long> {}
public class Float extends Number implements Comparable<Float> {}
public class Double extends Number implements Comparable<Double> {}

public class Enum<E> implements Comparable<E> {
    public String name();
    public int ordinal();
    public Class<E> getDeclaringClass();
}
public class Record extends Object {}

public class Class<T> {
    public static Class<?> forName(String name);
    public T cast(Object value);
    public String getName();
    public String getSimpleName();
    public T newInstance();
    public boolean isInstance(Object value);
    public Class<? super T> getSuperclass();
    public T[] getEnumConstants();
}

public class Throwable {
    public String getMessage();
    public Throwable getCause();
    public Throwable initCause(Throwable cause);
    public void printStackTrace();
    public void addSuppressed(Throwable other);
}
public class Exception extends Throwable {}
public class Error extends Throwable {}
public class RuntimeException extends Exception {}
public class IllegalArgumentException extends RuntimeException {}
public class IllegalStateException extends RuntimeException {}
public class NullPointerException extends RuntimeException {}
public class UnsupportedOperationException extends RuntimeException {}
public class IndexOutOfBoundsException extends RuntimeException {}
public class ClassCastException extends RuntimeException {}
public class NumberFormatException extends IllegalArgumentException {}
public class AssertionError extends Error {}
public class InterruptedException extends Exception {}
public class ReflectiveOperationException extends Exception {}

public class Thread implements Runnable {
    public Thread(Runnable task) {}
    public static Thread currentThread();
    public void start();
    public void join();
    public void interrupt();
}
public class ThreadLocal<T> {
    public static <S> ThreadLocal<S> withInitial(java.util.function.Supplier<? extends S> supplier);
    public T get();
    public void set(T value);
    public void remove();
}
public class Math {}
public class System {}
