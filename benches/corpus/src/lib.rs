//! Nothing: the manifest alone is used.
