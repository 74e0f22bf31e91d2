interface Iterator<T> {
    fun next(): T
}

interface Iterable<T> {
    fun iterator(): Iterator<T>
    fun first(): T
    fun last(): T
    fun single(): T
    fun firstOrNull(): T
    fun lastOrNull(): T
    fun find(test: (T) -> Boolean): T
    fun filter(test: (T) -> Boolean): List<T>
    fun filterNot(test: (T) -> Boolean): List<T>
    fun filterNotNull(): List<T>
    fun sortedBy(key: (T) -> Any): List<T>
    fun reversed(): List<T>
    fun take(count: Int): List<T>
    fun drop(count: Int): List<T>
    fun toList(): List<T>
    fun toSet(): Set<T>
    fun <R> map(change: (T) -> R): List<R>
    fun <R> mapNotNull(change: (T) -> R): List<R>
    fun <R> flatMap(change: (T) -> List<R>): List<R>
    fun forEach(action: (T) -> Unit)
}

interface Collection<T> : Iterable<T>
interface List<T> : Collection<T> {
    fun get(index: Int): T
    fun getOrNull(index: Int): T
}
interface MutableList<T> : List<T>
class ArrayList<T> : MutableList<T>
interface Set<T> : Collection<T>
interface MutableSet<T> : Set<T>
class HashSet<T> : MutableSet<T>
interface Sequence<T> : Iterable<T>
class Array<T> : List<T>

interface Map<K, V> {
    val values: Collection<V>
    val keys: Set<K>
    fun get(key: K): V
    fun getOrPut(key: K, make: () -> V): V
    fun getValue(key: K): V
}
interface MutableMap<K, V> : Map<K, V>
class HashMap<K, V> : MutableMap<K, V>

fun <T> listOf(vararg items: T): List<T>
fun <T> mutableListOf(vararg items: T): MutableList<T>
fun <T> setOf(vararg items: T): Set<T>
fun <T> arrayOf(vararg items: T): Array<T>

class String
class Int
class Double
class Boolean
