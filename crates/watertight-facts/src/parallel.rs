//! The same work for many things, on all cores.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

/// So many things are taken at once where nobody says how many: few enough that no core waits long for the last.
const CHUNK: usize = 128;

/// What a function gives for each of some things, in their order.
///
/// # Panics
///
/// Where the function does.
pub fn in_parallel<T: Sync, R: Send>(things: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    in_parallel_with(things, CHUNK, || (), |(), thing| work(thing))
}

/// The same for a function that works with something that each thread makes once; so many things are taken at once.
///
/// # Panics
///
/// Where the functions do.
pub fn in_parallel_with<T: Sync, R: Send, S>(
    things: &[T],
    chunk: usize,
    make: impl Fn() -> S + Sync,
    work: impl Fn(&mut S, &T) -> R + Sync,
) -> Vec<R> {
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let threads = cores.min(things.len().div_ceil(chunk));
    if threads < 2 {
        let mut own = make();
        return things.iter().map(|thing| work(&mut own, thing)).collect();
    }
    let next = AtomicUsize::new(0);
    let done: Mutex<Vec<(usize, Vec<R>)>> = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                let mut made = make();
                loop {
                    let begin = next.fetch_add(chunk, Ordering::Relaxed);
                    let Some(rest) = things.get(begin..).filter(|rest| !rest.is_empty()) else { return };
                    let own: Vec<R> = rest.iter().take(chunk).map(|thing| work(&mut made, thing)).collect();
                    done.lock().unwrap_or_else(std::sync::PoisonError::into_inner).push((begin, own));
                }
            });
        }
    });
    let mut done = done.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    done.sort_unstable_by_key(|(begin, _)| *begin);
    done.into_iter().flat_map(|(_, own)| own).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_is_that_of_the_things() {
        for count in [0, 1, CHUNK, CHUNK + 1, 10 * CHUNK + 7] {
            let things: Vec<usize> = (0..count).collect();
            let twice: Vec<usize> = things.iter().map(|own| 2 * own).collect();
            assert_eq!(in_parallel(&things, |own| 2 * own), twice);
        }
    }
}
