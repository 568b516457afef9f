//! What the administrator of the machine does on its command line.

mod doctor;
mod export;
mod import;
