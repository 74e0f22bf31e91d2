class Array<T> {
    var first: T
    var last: T
    func makeIterator() -> Iterator<T>
    subscript(index: Int) -> T { }
    func filter(_ test: (T) -> Bool) -> Array<T>
    func sorted(by order: (T, T) -> Bool) -> Array<T>
    func reversed() -> Array<T>
    func map<R>(_ change: (T) -> R) -> Array<R>
    func compactMap<R>(_ change: (T) -> R) -> Array<R>
    func flatMap<R>(_ change: (T) -> Array<R>) -> Array<R>
    func forEach(_ action: (T) -> Void)
}
class Iterator<T> {
    func next() -> T
}
class Set<T>: Array<T> {}
class Dictionary<K, V> {
    var values: Array<V>
    var keys: Array<K>
    subscript(key: K) -> V { }
}
class Optional<T> {
    func map<R>(_ change: (T) -> R) -> R
}
class String {}
class Int {}
class Double {}
class Bool {}
