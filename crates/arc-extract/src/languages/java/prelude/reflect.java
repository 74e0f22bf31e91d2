package java.lang.reflect;

public interface Type { String getTypeName(); }
public interface AnnotatedElement { <A> A getAnnotation(Class<A> type); }
public interface GenericDeclaration extends AnnotatedElement {}
public interface ParameterizedType extends Type {
    Type[] getActualTypeArguments();
    Type getRawType();
    Type getOwnerType();
}
public interface GenericArrayType extends Type { Type getGenericComponentType(); }
public interface WildcardType extends Type { Type[] getUpperBounds(); Type[] getLowerBounds(); }
public interface TypeVariable<D> extends Type { Type[] getBounds(); D getGenericDeclaration(); String getName(); }
public class AccessibleObject implements AnnotatedElement {}
public interface Member { Class<?> getDeclaringClass(); String getName(); int getModifiers(); }
public class Field extends AccessibleObject implements Member {
    public Object get(Object owner);
    public Class<?> getType();
    public Type getGenericType();
}
public class Executable extends AccessibleObject implements Member {
    public Class<?>[] getParameterTypes();
    public Type[] getGenericParameterTypes();
}
public class Method extends Executable {
    public Object invoke(Object owner, Object... args);
    public Class<?> getReturnType();
    public Type getGenericReturnType();
}
public class Constructor<T> extends Executable { public T newInstance(Object... args); }
public class InvocationTargetException extends ReflectiveOperationException {}
