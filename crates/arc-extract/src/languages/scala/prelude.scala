trait Iterator[T] {
  def next(): T
}
trait Iterable[T] {
  def iterator: Iterator[T]
  def head: T
  def last: T
  def apply(index: Int): T
  def tail: List[T]
  def toList: List[T]
  def toSeq: Seq[T]
  def reverse: List[T]
  def headOption: Option[T]
  def lastOption: Option[T]
  def find(test: T => Boolean): Option[T]
  def filter(test: T => Boolean): List[T]
  def filterNot(test: T => Boolean): List[T]
  def sortBy(key: T => Any): List[T]
  def take(count: Int): List[T]
  def drop(count: Int): List[T]
  def map[R](change: T => R): List[R]
  def flatMap[R](change: T => List[R]): List[R]
  def foreach(action: T => Unit): Unit
}
class List[T] extends Iterable[T]
class Seq[T] extends Iterable[T]
class Vector[T] extends Iterable[T]
class Set[T] extends Iterable[T]
class Array[T] extends Iterable[T]
class ListBuffer[T] extends Iterable[T]
class ArrayBuffer[T] extends Iterable[T]
class Option[T] extends Iterable[T] {
  def get: T
  def getOrElse(other: T): T
  def orNull: T
}
class Map[K, V] {
  def apply(key: K): V
  def get(key: K): Option[V]
  def getOrElse(key: K, other: V): V
  def values: Iterable[V]
  def keys: Iterable[K]
}
class String
class Int
class Double
class Boolean
