//! What somebody with a radio would try.

use sweetwater_wearable::frame::Refused as FrameRefused;
use sweetwater_wearable::pair::{Pairing, Refused};

const FRAME: [u8; 16] = [0, 0, 0, 7, 0, 0, 0, 5, 0, 110, 0, 0, 0, 0, 0, 0];

#[test]
fn a_second_wearable_is_refused() {
    let mut pairing = Pairing::new(*b"K7QX2MP4");
    assert!(pairing.bind_session(b"K7QX2MP4", 7).is_ok());
    assert_eq!(pairing.bind_session(b"K7QX2MP4", 8).err(), Some(Refused::Taken));
}

#[test]
fn guessing_ends_after_three_codes() {
    let mut pairing = Pairing::new(*b"K7QX2MP4");
    for guess in [b"AAAAAAAA", b"BBBBBBBB", b"CCCCCCCC"] {
        assert_eq!(pairing.bind_session(guess, 7).err(), Some(Refused::WrongCode));
    }
    assert_eq!(pairing.bind_session(b"K7QX2MP4", 7).err(), Some(Refused::TooManyAttempts));
}

#[test]
fn replayed_frames_are_refused() {
    let mut session = Pairing::new(*b"K7QX2MP4").bind_session(b"K7QX2MP4", 7).expect("a session");
    assert!(session.accept(&FRAME).is_ok());
    assert_eq!(session.accept(&FRAME), Err(FrameRefused::Replayed));
}

#[test]
fn frames_of_another_patient_are_refused() {
    let mut session = Pairing::new(*b"K7QX2MP4").bind_session(b"K7QX2MP4", 8).expect("a session");
    assert_eq!(session.accept(&FRAME), Err(FrameRefused::OtherSession));
}

#[test]
fn every_prefix_of_a_frame_is_refused() {
    let mut session = Pairing::new(*b"K7QX2MP4").bind_session(b"K7QX2MP4", 7).expect("a session");
    for end in 0..FRAME.len() {
        assert_eq!(session.accept(&FRAME[..end]), Err(FrameRefused::Malformed));
    }
}
