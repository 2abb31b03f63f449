//! The motor and its registers.
#![allow(unsafe_code)]

/// Steps since power-on.
static mut STEPS: u32 = 0;

/// The registers as the board shows them.
#[repr(C)]
pub struct Registers {
    pub speed: u32,
    pub fault: u32,
}

/// Runs the motor at a rate in millilitres an hour.
pub fn run(rate: u32) {
    let registers = read();
    if registers.fault == 0 {
        motor_sdk::set_speed(rate);
        // SAFETY: one thread drives the motor.
        unsafe { STEPS += rate };
    }
}

fn read() -> Registers {
    let mut registers = unsafe { std::mem::MaybeUninit::<Registers>::uninit().assume_init() };
    registers.speed = motor_sdk::speed();
    registers
}
