//! Short programs against the public API: see the files beside this one.
