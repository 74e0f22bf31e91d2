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
class __char extends Character implements __int {}
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
public interface Appendable {}
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
public class Boolean extends Object {
    public static final Boolean TRUE, FALSE;
    public static boolean parseBoolean(String text);
    public static Boolean valueOf(boolean value);
    public boolean booleanValue();
}
public class Byte extends Number {
    public static final byte MIN_VALUE, MAX_VALUE;
    public static byte parseByte(String text);
    public static Byte valueOf(byte value);
    public static Byte valueOf(String text);
    public static String toString(byte value);
    public static int compare(byte a, byte b);
}
public class Short extends Number {
    public static final short MIN_VALUE, MAX_VALUE;
    public static short parseShort(String text);
    public static Short valueOf(short value);
    public static Short valueOf(String text);
    public static String toString(short value);
    public static int compare(short a, short b);
}
public class Character extends Object {
    public static final char MIN_VALUE, MAX_VALUE;
    public static Character valueOf(char value);
    public static boolean isDigit(char value);
    public static boolean isLetter(char value);
    public static boolean isWhitespace(char value);
    public static char toLowerCase(char value);
    public static char toUpperCase(char value);
    public char charValue();
}
public class Integer extends Number implements Comparable<Integer> {
    public static final int MIN_VALUE, MAX_VALUE;
    public static int parseInt(String text);
    public static Integer valueOf(int value);
    public static Integer valueOf(String text);
    public static String toString(int value);
    public static int compare(int a, int b);
}
public class Long extends Number implements Comparable<Long> {
    public static final long MIN_VALUE, MAX_VALUE;
    public static long parseLong(String text);
    public static Long valueOf(long value);
    public static Long valueOf(String text);
    public static String toString(long value);
    public static int compare(long a, long b);
}
public class Float extends Number implements Comparable<Float> {
    public static final float MIN_VALUE, MAX_VALUE;
    public static final float NaN, POSITIVE_INFINITY, NEGATIVE_INFINITY;
    public static float parseFloat(String text);
    public static Float valueOf(float value);
    public static Float valueOf(String text);
    public static String toString(float value);
    public static int compare(float a, float b);
}
public class Double extends Number implements Comparable<Double> {
    public static final double MIN_VALUE, MAX_VALUE;
    public static final double NaN, POSITIVE_INFINITY, NEGATIVE_INFINITY;
    public static double parseDouble(String text);
    public static Double valueOf(double value);
    public static Double valueOf(String text);
    public static String toString(double value);
    public static int compare(double a, double b);
}

public class Enum<E> implements Comparable<E> {
    public static E valueOf(String name);
    public static E[] values();
    public String name();
    public int ordinal();
    public Class<E> getDeclaringClass();
}
public class Record extends Object {}

public class Class<T> implements java.lang.reflect.Type {
    public static Class<?> forName(String name, Object... more);
    public T cast(Object value);
    public ClassLoader getClassLoader();
    public String getName();
    public String getSimpleName();
    public T newInstance();
    public boolean isInstance(Object value);
    public Class<? super T> getSuperclass();
    public T[] getEnumConstants();
    public Class<?>[] getInterfaces();
    public boolean isAssignableFrom(Class<?> other);
    public java.lang.reflect.Constructor<T> getConstructor(Class<?>... types);
    public java.lang.reflect.Constructor<T> getDeclaredConstructor(Class<?>... types);
    public java.lang.reflect.Field getField(String name);
    public java.lang.reflect.Method getMethod(String name, Class<?>... types);
    public java.lang.reflect.Method[] getMethods();
    public java.lang.reflect.Field getDeclaredField(String name);
    public java.lang.reflect.Field[] getDeclaredFields();
    public java.lang.reflect.Method getDeclaredMethod(String name, Class<?>... types);
    public java.lang.reflect.Method[] getDeclaredMethods();
    public java.lang.reflect.Type getGenericSuperclass();
    public java.io.InputStream getResourceAsStream(String name);
}
// The type of `T.class`, under a name that no class of the project can have.
class __class<T> extends Class<T> {}

public class ClassLoader {
    public static ClassLoader getSystemClassLoader();
    public Class<?> loadClass(String name);
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
public class ArithmeticException extends RuntimeException {}
public class ArrayIndexOutOfBoundsException extends IndexOutOfBoundsException {}
public class CloneNotSupportedException extends Exception {}
public class NumberFormatException extends IllegalArgumentException {}
public class AssertionError extends Error {}
public class InterruptedException extends Exception {}
public class ReflectiveOperationException extends Exception {}
public class ClassNotFoundException extends ReflectiveOperationException {}
public class InstantiationException extends ReflectiveOperationException {}
public class IllegalAccessException extends ReflectiveOperationException {}
public class NoSuchFieldException extends ReflectiveOperationException {}
public class NoSuchMethodException extends ReflectiveOperationException {}
public class StackOverflowError extends Error {}
public class OutOfMemoryError extends Error {}

public class Thread implements Runnable {
    public Thread() {}
    public Thread(Runnable task) {}
    public Thread(Runnable task, String name) {}
    public void run() {}
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
public class Math {
    public static final double PI, E;
    public static double random();
    public static double sqrt(double value);
    public static double pow(double base, double exponent);
    public static double floor(double value);
    public static double ceil(double value);
    public static long round(double value);
}
public class Runtime {
    public static Runtime getRuntime();
    public void addShutdownHook(Thread hook);
}
public class System {
    public static final java.io.PrintStream out, err;
    public static final java.io.InputStream in;
    public static long currentTimeMillis();
    public static long nanoTime();
    public static String getProperty(String key);
    public static String getenv(String key);
    public static String lineSeparator();
}
