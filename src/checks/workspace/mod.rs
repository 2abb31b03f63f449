//! Checks on the workspace, one file a group.
//!
//! - [`lock`]: the lock file. [`toolchain`]: which compiler, and what is asked of it.
//! - [`profiles`]: what is compiled into the product and into its tests. [`flags`]: compiler and linker flags.
//! - [`build_code`]: own build scripts and procedural macros.
//! - [`features`]: features and editions. [`programs`]: programs in the cargo configuration.

mod build_code;
mod features;
mod flags;
mod lock;
mod profiles;
mod programs;
mod toolchain;

use super::rules;

use build_code::{
    build_code_downloads, build_code_starts_program, build_code_writes_elsewhere,
    build_script_weakens_product, secret_in_build_env,
};
use features::{edition_outdated, test_feature_in_product};
use flags::{compiler_flag_not_allowed, hardening_off};
use lock::{lock_file_missing, lock_file_uncommitted};
use profiles::{checks_off_in_tests, overflow_checks_off, panic_strategy_unfit, profile_not_as_decided};
use programs::cargo_config_runs_program;
use toolchain::{cooldown_unsupported, toolchain_unpinned, toolchain_vulnerable, unstable_compiler};

rules!["workspace":
    lock_file_missing,
    lock_file_uncommitted,
    toolchain_unpinned,
    unstable_compiler,
    edition_outdated,
    overflow_checks_off,
    profile_not_as_decided,
    checks_off_in_tests,
    panic_strategy_unfit,
    hardening_off,
    compiler_flag_not_allowed,
    test_feature_in_product,
    build_code_downloads,
    build_code_starts_program,
    build_code_writes_elsewhere,
    build_script_weakens_product,
    secret_in_build_env,
    cargo_config_runs_program,
    toolchain_vulnerable,
    cooldown_unsupported,
];
