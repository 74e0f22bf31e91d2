pub enum Option<T> { Some(T), None }
