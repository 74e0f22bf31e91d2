class Iterator<T> {
  T current;
}
class Iterable<T> {
  Iterator<T> get iterator;
  T get first;
  T get last;
  T get single;
  T elementAt(int index);
  T firstWhere(bool Function(T) test);
  T lastWhere(bool Function(T) test);
  Iterable<T> where(bool Function(T) test);
  Iterable<T> take(int count);
  Iterable<T> skip(int count);
  Iterable<R> map<R>(R Function(T) change);
  List<T> toList();
  Set<T> toSet();
  void forEach(void Function(T) action);
}
class List<T> extends Iterable<T> {
  T operator [](int index);
  T removeAt(int index);
  T removeLast();
  List<T> sublist(int start);
}
class Set<T> extends Iterable<T> {}
class Stream<T> extends Iterable<T> {}
class Map<K, V> {
  Iterable<V> get values;
  Iterable<K> get keys;
  V operator [](K key);
  V putIfAbsent(K key, V Function() make);
}
class Future<T> {
  Future<R> then<R>(R Function(T) change);
}
class String {}
class int {}
class double {}
class bool {}
