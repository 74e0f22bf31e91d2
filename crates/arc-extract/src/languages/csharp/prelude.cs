public interface IEnumerator<T>
{
    T Current { get; }
}

public interface IEnumerable<T>
{
    IEnumerator<T> GetEnumerator();
    T First();
    T FirstOrDefault();
    T Single();
    T SingleOrDefault();
    T Last();
    T LastOrDefault();
    T Find(Func<T, bool> test);
    IEnumerable<T> Where(Func<T, bool> test);
    IEnumerable<T> OrderBy(Func<T, object> key);
    IEnumerable<T> Take(int count);
    IEnumerable<T> Skip(int count);
    IEnumerable<R> Select<R>(Func<T, R> change);
    List<T> ToList();
    T[] ToArray();
    void ForEach(Action<T> action);
}

public interface ICollection<T> : IEnumerable<T> { }
public interface IList<T> : ICollection<T>
{
    T Item(int index);
}
public interface IReadOnlyList<T> : IList<T> { }
public interface IReadOnlyCollection<T> : IEnumerable<T> { }
public interface IQueryable<T> : IEnumerable<T> { }
public class List<T> : IList<T> { }
public class Array<T> : IList<T> { }
public class HashSet<T> : ICollection<T> { }
public class Queue<T> : IEnumerable<T>
{
    public T Dequeue() { }
    public T Peek() { }
}
public class Stack<T> : IEnumerable<T>
{
    public T Pop() { }
    public T Peek() { }
}
public interface IDictionary<K, V>
{
    ICollection<V> Values { get; }
    ICollection<K> Keys { get; }
    V Item(K key);
}
public class Dictionary<K, V> : IDictionary<K, V> { }
public class Task<T>
{
    public T Result { get; }
}
public class Lazy<T>
{
    public T Value { get; }
}
