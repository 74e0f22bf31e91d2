package java.util.concurrent;

import java.util.*;
import java.util.function.*;

public interface Callable<V> { V call(); }
public interface Executor { void execute(Runnable task); }
public interface Future<V> { V get(); boolean isDone(); boolean cancel(boolean interrupt); }
public interface ExecutorService extends Executor {
    <T> Future<T> submit(Callable<T> task);
    Future<?> submit(Runnable task);
    <T> List<Future<T>> invokeAll(Collection<? extends Callable<T>> tasks);
    void shutdown();
    List<Runnable> shutdownNow();
}
public interface CompletionStage<T> {}
public class CompletableFuture<T> implements Future<T>, CompletionStage<T> {
    public static <U> CompletableFuture<U> supplyAsync(Supplier<U> supplier);
    public static CompletableFuture<Void> runAsync(Runnable task);
    public static <U> CompletableFuture<U> completedFuture(U value);
    public T join();
    public boolean complete(T value);
    public <U> CompletableFuture<U> thenApply(Function<? super T, ? extends U> change);
    public <U> CompletableFuture<U> thenCompose(Function<? super T, CompletableFuture<U>> change);
    public CompletableFuture<Void> thenAccept(Consumer<? super T> action);
    public CompletableFuture<T> whenComplete(BiConsumer<? super T, ? super Throwable> action);
    public CompletableFuture<T> exceptionally(Function<Throwable, ? extends T> change);
}
public interface ConcurrentMap<K, V> extends Map<K, V> {}
public class ConcurrentHashMap<K, V> extends AbstractMap<K, V> implements ConcurrentMap<K, V> {}
public class CopyOnWriteArrayList<E> extends AbstractList<E> {}
public interface BlockingQueue<E> extends Queue<E> { E take(); void put(E value); }
public class LinkedBlockingQueue<E> extends AbstractCollection<E> implements BlockingQueue<E> {}
