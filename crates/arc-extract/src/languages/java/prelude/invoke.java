package java.lang.invoke;

// The real classes have no type parameters: ours remember what a handle gives and what a descriptor lists.
public class MethodHandle<R> {
    public R invoke(Object... args);
    public R invokeExact(Object... args);
    public R invokeWithArguments(Object... args);
    public MethodHandle<R> bindTo(Object receiver);
    public MethodType type();
}
public class MethodHandles {
    public static Lookup lookup();
    public static Lookup publicLookup();
    public static class Lookup {
        public MethodHandle findVirtual(Class<?> in, String name, MethodType type);
        public MethodHandle findStatic(Class<?> in, String name, MethodType type);
        public MethodHandle findSpecial(Class<?> in, String name, MethodType type, Class<?> caller);
        public <T> MethodHandle<T> findConstructor(Class<T> in, MethodType type);
        public <T> MethodHandle<T> findGetter(Class<?> in, String name, Class<T> type);
        public <T> MethodHandle<T> findStaticGetter(Class<?> in, String name, Class<T> type);
        public MethodHandle findSetter(Class<?> in, String name, Class<?> type);
        public MethodHandle findStaticSetter(Class<?> in, String name, Class<?> type);
        public MethodHandle unreflect(java.lang.reflect.Method method);
    }
}
public class MethodType<R, A, B, C, D> {
    public static <R> MethodType<R> methodType(Class<R> result);
    public static <R, A> MethodType<R, A> methodType(Class<R> result, Class<A> a);
    public static <R, A, B> MethodType<R, A, B> methodType(Class<R> result, Class<A> a, Class<B> b);
    public static <R, A, B, C> MethodType<R, A, B, C> methodType(Class<R> result, Class<A> a, Class<B> b, Class<C> c);
    public static <R, A, B, C, D> MethodType<R, A, B, C, D> methodType(Class<R> result, Class<A> a, Class<B> b, Class<C> c, Class<D> d);
}
