// The parts of the C++ library that carry types from one expression to the next.
namespace std {
template <class T> struct iterator_of {
    T &operator*();
    T *operator->();
};
template <class T> struct vector {
    T &operator[](int i);
    T &at(int i);
    T &front();
    T &back();
    T *data();
    T &emplace_back(...);
    iterator_of<T> begin();
    iterator_of<T> end();
    iterator_of<T> find(T key);
    iterator_of<T> insert(T value);
    T &top();
};
template <class T> struct deque : vector<T> {};
template <class T> struct list : vector<T> {};
template <class T> struct set : vector<T> {};
template <class T> struct unordered_set : vector<T> {};
template <class T> struct multiset : vector<T> {};
template <class T> struct queue : vector<T> {};
template <class T> struct stack : vector<T> {};
template <class T> struct span : vector<T> {};
template <class T> struct initializer_list : vector<T> {};
template <class T, int N> struct array : vector<T> {};
template <class A, class B> struct pair {
    A first;
    B second;
};
template <class K, class V> struct map {
    V &operator[](K key);
    V &at(K key);
    iterator_of<pair<K, V>> begin();
    iterator_of<pair<K, V>> end();
    iterator_of<pair<K, V>> find(K key);
};
template <class K, class V> struct unordered_map : map<K, V> {};
template <class K, class V> struct multimap : map<K, V> {};
template <class T> struct unique_ptr {
    T &operator*();
    T *operator->();
    T *get();
    T *release();
};
template <class T> struct shared_ptr {
    T &operator*();
    T *operator->();
    T *get();
};
template <class T> struct weak_ptr {
    shared_ptr<T> lock();
};
template <class T> struct optional {
    T &operator*();
    T *operator->();
    T &value();
    T &value_or(T other);
};
template <class T> struct reference_wrapper {
    T &get();
};
template <class T> struct atomic {
    T load();
    T operator->();
};
template <class T> struct future {
    T get();
};
struct string {
    string substr(int from, int count);
    string &append(string other);
};
struct string_view {};
struct ostream {};
struct istream {};
template <class T> struct function {};
template <class T> unique_ptr<T> make_unique(...);
template <class T> shared_ptr<T> make_shared(...);
template <class T> T move(T value);
template <class T> T forward(T value);
template <class A, class B> pair<A, B> make_pair(A first, B second);
template <class T> T &get(...);
}
