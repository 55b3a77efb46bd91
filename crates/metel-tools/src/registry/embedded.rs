//! The contract files that the binary carries; the table is written when it is built.

include!(concat!(env!("OUT_DIR"), "/embedded.rs"));
