package java.util;

import java.util.function.*;
import java.util.stream.Stream;

public interface Iterator<E> { boolean hasNext(); E next(); void remove(); }
public interface ListIterator<E> extends Iterator<E> { E previous(); boolean hasPrevious(); void set(E value); }
public interface Enumeration<E> { boolean hasMoreElements(); E nextElement(); }
public interface Comparator<T> {
    int compare(T a, T b);
    static <T, U> Comparator<T> comparing(Function<? super T, ? extends U> key);
    default Comparator<T> reversed() {}
    default <U> Comparator<T> thenComparing(Function<? super T, ? extends U> key) {}
}

public interface Collection<E> extends Iterable<E> {
    boolean add(E value);
    boolean addAll(Collection<? extends E> values);
    void clear();
    boolean contains(Object value);
    boolean isEmpty();
    boolean remove(Object value);
    default boolean removeIf(Predicate<? super E> filter) {}
    int size();
    default Stream<E> stream() {}
    default Stream<E> parallelStream() {}
    <T> T[] toArray(T[] into);
}
public interface SequencedCollection<E> extends Collection<E> { E getFirst(); E getLast(); }
public interface List<E> extends SequencedCollection<E> {
    static <E> List<E> of(E... values);
    static <E> List<E> copyOf(Collection<? extends E> values);
    E get(int at);
    E set(int at, E value);
    E remove(int at);
    int indexOf(Object value);
    ListIterator<E> listIterator();
    List<E> subList(int from, int to);
    default void sort(Comparator<? super E> order) {}
    default void replaceAll(UnaryOperator<E> change) {}
}
public class AbstractCollection<E> implements Collection<E> {}
public class AbstractList<E> extends AbstractCollection<E> implements List<E> {}
public class ArrayList<E> extends AbstractList<E> implements RandomAccess {
    public ArrayList() {}
    public ArrayList(int capacity) {}
    public ArrayList(Collection<? extends E> values) {}
}
public class LinkedList<E> extends AbstractList<E> implements Deque<E> {}
public class Vector<E> extends AbstractList<E> {}
public class Stack<E> extends Vector<E> { public E push(E value); public E pop(); public E peek(); }
public interface RandomAccess {}
public interface Set<E> extends Collection<E> {
    static <E> Set<E> of(E... values);
    static <E> Set<E> copyOf(Collection<? extends E> values);
}
public interface SortedSet<E> extends Set<E> { E first(); E last(); }
public interface NavigableSet<E> extends SortedSet<E> {}
public class AbstractSet<E> extends AbstractCollection<E> implements Set<E> {}
public class HashSet<E> extends AbstractSet<E> {}
public class LinkedHashSet<E> extends HashSet<E> {}
public class TreeSet<E> extends AbstractSet<E> implements NavigableSet<E> {
    public TreeSet() {}
    public TreeSet(Comparator<? super E> order) {}
    public TreeSet(Collection<? extends E> values) {}
}
public class EnumSet<E> extends AbstractSet<E> {}
public interface Queue<E> extends Collection<E> { boolean offer(E value); E poll(); E peek(); E element(); }
public interface Deque<E> extends Queue<E> {
    void push(E value);
    E pop();
    void addFirst(E value);
    void addLast(E value);
    E peekFirst();
    E peekLast();
    E pollFirst();
    E pollLast();
    E removeFirst();
    E removeLast();
    Iterator<E> descendingIterator();
}
public class ArrayDeque<E> extends AbstractCollection<E> implements Deque<E> {}
public class PriorityQueue<E> extends AbstractCollection<E> implements Queue<E> {}

public interface Map<K, V> {
    static <K, V> Map<K, V> of(K key, V value);
    void clear();
    V get(Object key);
    V put(K key, V value);
    V remove(Object key);
    void putAll(Map<? extends K, ? extends V> values);
    boolean containsKey(Object key);
    boolean containsValue(Object value);
    boolean isEmpty();
    int size();
    Set<K> keySet();
    Collection<V> values();
    Set<Map.Entry<K, V>> entrySet();
    default V getOrDefault(Object key, V other) {}
    default V putIfAbsent(K key, V value) {}
    default V computeIfAbsent(K key, Function<? super K, ? extends V> make) {}
    default V computeIfPresent(K key, BiFunction<? super K, ? super V, ? extends V> change) {}
    default V compute(K key, BiFunction<? super K, ? super V, ? extends V> change) {}
    default V merge(K key, V value, BiFunction<? super V, ? super V, ? extends V> change) {}
    default void forEach(BiConsumer<? super K, ? super V> action) {}
    interface Entry<K, V> { K getKey(); V getValue(); V setValue(V value); }
}
public interface SortedMap<K, V> extends Map<K, V> { K firstKey(); K lastKey(); }
public interface NavigableMap<K, V> extends SortedMap<K, V> {
    Map.Entry<K, V> firstEntry();
    Map.Entry<K, V> lastEntry();
    Map.Entry<K, V> floorEntry(K key);
    Map.Entry<K, V> ceilingEntry(K key);
}
public class AbstractMap<K, V> implements Map<K, V> {}
public class HashMap<K, V> extends AbstractMap<K, V> {}
public class LinkedHashMap<K, V> extends HashMap<K, V> {}
public class TreeMap<K, V> extends AbstractMap<K, V> implements NavigableMap<K, V> {
    public TreeMap() {}
    public TreeMap(Comparator<? super K> order) {}
    public TreeMap(Map<? extends K, ? extends V> values) {}
}
public class WeakHashMap<K, V> extends AbstractMap<K, V> {}
public class IdentityHashMap<K, V> extends AbstractMap<K, V> {}
public class EnumMap<K, V> extends AbstractMap<K, V> {}
public class Hashtable<K, V> implements Map<K, V> {}
public class Properties extends Hashtable<Object, Object> { public String getProperty(String key); }

public class Optional<T> {
    public static <T> Optional<T> of(T value);
    public static <T> Optional<T> ofNullable(T value);
    public static <T> Optional<T> empty();
    public T get();
    public boolean isPresent();
    public boolean isEmpty();
    public T orElse(T other);
    public T orElseGet(Supplier<? extends T> supplier);
    public T orElseThrow();
    public T orElseThrow(Supplier<?> supplier);
    public void ifPresent(Consumer<? super T> action);
    public <U> Optional<U> map(Function<? super T, ? extends U> change);
    public <U> Optional<U> flatMap(Function<? super T, Optional<U>> change);
    public Optional<T> filter(Predicate<? super T> test);
    public Stream<T> stream();
}
public class Collections {
    public static <T> List<T> unmodifiableList(List<? extends T> list);
    public static <T> Set<T> unmodifiableSet(Set<? extends T> set);
    public static <K, V> Map<K, V> unmodifiableMap(Map<? extends K, ? extends V> map);
    public static <T> Collection<T> unmodifiableCollection(Collection<? extends T> values);
    public static <T> List<T> singletonList(T value);
    public static <T> Set<T> singleton(T value);
    public static <T> List<T> emptyList();
    public static <T> List<T> synchronizedList(List<T> list);
    public static <T> T max(Collection<? extends T> values);
    public static <T> T min(Collection<? extends T> values);
    public static <T> void sort(List<T> list, Comparator<? super T> order);
}
public class Arrays {
    public static <T> List<T> asList(T... values);
    public static <T> Stream<T> stream(T[] values);
    public static <T> T[] copyOf(T[] values, int length);
    public static <T> void sort(T[] values, Comparator<? super T> order);
}
public class Objects {
    public static <T> T requireNonNull(T value, Object... message);
    public static <T> T requireNonNullElse(T value, T other);
    public static boolean equals(Object a, Object b);
    public static int hash(Object... values);
}
public class ServiceLoader<S> implements Iterable<S> { public static <S> ServiceLoader<S> load(Class<S> type); }
public abstract class TimerTask implements Runnable {}
public class Timer { public void schedule(TimerTask task, Object... when); }
