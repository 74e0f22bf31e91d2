package java.util.concurrent.atomic;

public class AtomicInteger extends Number { public int get(); public int incrementAndGet(); public int getAndIncrement(); }
public class AtomicLong extends Number { public long get(); public long incrementAndGet(); public long getAndIncrement(); }
public class AtomicBoolean { public boolean get(); public boolean getAndSet(boolean value); }
public class AtomicReference<V> { public V get(); public V getAndSet(V value); }
public class AtomicIntegerArray { public int get(int at); public int length(); }
public class AtomicLongArray { public long get(int at); public int length(); }
