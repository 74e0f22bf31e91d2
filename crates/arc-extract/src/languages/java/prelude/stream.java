package java.util.stream;

import java.util.*;
import java.util.function.*;

public interface Stream<T> extends AutoCloseable {
    static <T> Stream<T> of(T... values);
    static <T> Stream<T> empty();
    static <T> Stream<T> concat(Stream<? extends T> a, Stream<? extends T> b);
    static <T> Stream<T> generate(Supplier<? extends T> make);
    Iterator<T> iterator();
    Stream<T> filter(Predicate<? super T> test);
    <R> Stream<R> map(Function<? super T, ? extends R> change);
    <R> Stream<R> flatMap(Function<? super T, Stream<R>> change);
    IntStream mapToInt(ToIntFunction<? super T> change);
    Stream<T> distinct();
    Stream<T> sorted(Comparator<? super T> order);
    Stream<T> peek(Consumer<? super T> action);
    Stream<T> limit(long count);
    Stream<T> skip(long count);
    Stream<T> takeWhile(Predicate<? super T> test);
    void forEach(Consumer<? super T> action);
    void forEachOrdered(Consumer<? super T> action);
    boolean anyMatch(Predicate<? super T> test);
    boolean allMatch(Predicate<? super T> test);
    boolean noneMatch(Predicate<? super T> test);
    Optional<T> findFirst();
    Optional<T> findAny();
    Optional<T> max(Comparator<? super T> order);
    Optional<T> min(Comparator<? super T> order);
    T reduce(T first, BinaryOperator<T> combine);
    <R> R collect(Collector<? super T, ?, R> collector);
    List<T> toList();
    long count();
}
public interface IntStream {
    static IntStream range(int from, int to);
    <U> Stream<U> mapToObj(IntFunction<? extends U> change);
    Stream<Integer> boxed();
}
public interface Collector<T, A, R> {}
public class Collectors {
    public static <T> Collector<T, ?, List<T>> toList();
    public static <T> Collector<T, ?, Set<T>> toSet();
    public static Collector<CharSequence, ?, String> joining(CharSequence glue);
}
