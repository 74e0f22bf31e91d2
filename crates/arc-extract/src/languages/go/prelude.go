package builtin

type error interface {
	Error() string
}

type any interface{}
type comparable interface{}

type bool struct{}
type string struct{}
type int struct{}
type int8 struct{}
type int16 struct{}
type int32 struct{}
type int64 struct{}
type uint struct{}
type uint8 struct{}
type uint16 struct{}
type uint32 struct{}
type uint64 struct{}
type uintptr struct{}
type byte struct{}
type rune struct{}
type float32 struct{}
type float64 struct{}
type complex64 struct{}
type complex128 struct{}

// What `[]T`, `[n]T`, `map[K]V` and `chan T` are lowered to.
type __slice[T any] struct{}
type __map[K any, V any] struct{}
type __chan[T any] struct{}

func (s __slice[T]) __element() T
func (s __slice[T]) __index(i int) T
func (m __map[K, V]) __element() K
func (m __map[K, V]) __index(k K) V
func (c __chan[T]) __element() T

func append[T any](s []T, items ...T) []T
func cap(v any) int
func copy[T any](to []T, from []T) int
func len(v any) int
func max[T any](a T, more ...T) T
func min[T any](a T, more ...T) T
