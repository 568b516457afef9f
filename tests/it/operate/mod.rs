//! What the administrator of the machine does on its command line.

mod backup;
mod doctor;
mod export;
mod import;
mod maintenance;
mod postgres;
