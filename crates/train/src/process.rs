//! What a program that computes a lot does first.

/// Sets up this process: freed memory is kept for the next tensors, and this thread computes like Rayon's others.
///
/// Both are about the time between two operations. The allocator would hand pages back to the system after 10 ms, only to
/// fault them in again; and work of a thread that is not in Rayon's pool is first handed over to one that is.
pub fn prepare() {
    // SAFETY: the option is one of both versions of the library that there are, and any number is allowed.
    #[allow(unsafe_code)]
    unsafe {
        libmimalloc_sys::mi_option_set(PURGE_DELAY, -1);
    }
    // There is a pool only if somebody was faster: then it stays as it is.
    let _ = rayon::ThreadPoolBuilder::new().use_current_thread().build_global();
}

/// `mi_option_purge_delay`: after how many milliseconds freed pages are handed back; −1: never.
const PURGE_DELAY: libmimalloc_sys::mi_option_t = 15;
