use std::fs;
use std::time::{Duration, SystemTime};

use walkdir::WalkDir;

use super::*;

fn memo(directory: &tempfile::TempDir) -> Memo {
    Memo::new(Box::new(Directory::new(directory.path(), 1 << 20)))
}

fn made(memo: &Memo, parts: &[&[u8]], value: &str) -> (String, bool) {
    let mut was_made = false;
    let result = memo.sure("test", parts, || {
        was_made = true;
        value.to_owned()
    });
    (result, was_made)
}

fn files(directory: &tempfile::TempDir) -> Vec<std::path::PathBuf> {
    WalkDir::new(directory.path())
        .min_depth(2)
        .into_iter()
        .map(|entry| entry.unwrap())
        .filter(|entry| entry.file_type().is_file())
        .map(|entry| entry.into_path())
        .collect()
}

#[test]
fn what_was_made_is_found_by_another_run() {
    let directory = tempfile::tempdir().unwrap();
    assert_eq!(
        made(&memo(&directory), &[b"a"], "1"),
        ("1".to_owned(), true)
    );
    assert_eq!(
        made(&memo(&directory), &[b"a"], "2"),
        ("1".to_owned(), false)
    );
    assert_eq!(
        made(&memo(&directory), &[b"b"], "3"),
        ("3".to_owned(), true)
    );
}

#[test]
fn parts_do_not_run_together() {
    let directory = tempfile::tempdir().unwrap();
    let memo = memo(&directory);
    made(&memo, &[b"ab", b"c"], "1");
    assert_eq!(made(&memo, &[b"a", b"bc"], "2"), ("2".to_owned(), true));
    assert_eq!(made(&memo, &[b"abc"], "3"), ("3".to_owned(), true));
}

#[test]
fn errors_are_not_kept() {
    let directory = tempfile::tempdir().unwrap();
    let memo = memo(&directory);
    assert_eq!(memo.value("test", &[], || Err::<u8, _>("no")), Err("no"));
    assert_eq!(memo.value("test", &[], || Ok::<_, &str>(1)), Ok(1));
}

#[test]
fn damage_is_found_out_and_mended() {
    let directory = tempfile::tempdir().unwrap();
    made(&memo(&directory), &[], "value");
    let [file] = files(&directory).try_into().unwrap();
    let whole = fs::read(&file).unwrap();
    for damaged in [
        &[][..],
        &whole[..whole.len() - 1],
        &whole[..20],
        b"something else",
    ] {
        fs::write(&file, damaged).unwrap();
        assert_eq!(
            made(&memo(&directory), &[], "new"),
            ("new".to_owned(), true)
        );
        assert_eq!(made(&memo(&directory), &[], "x"), ("new".to_owned(), false));
    }
    let mut flipped = fs::read(&file).unwrap();
    *flipped.last_mut().unwrap() ^= 1;
    fs::write(&file, flipped).unwrap();
    assert!(made(&memo(&directory), &[], "new").1);
}

#[test]
fn a_value_of_another_form_is_made_again() {
    let directory = tempfile::tempdir().unwrap();
    made(&memo(&directory), &[], "text");
    assert_eq!(memo(&directory).sure("test", &[], || 7_u8), 7);
}

#[test]
fn what_was_used_least_recently_goes() {
    let directory = tempfile::tempdir().unwrap();
    let big = "x".repeat(300_000);
    let now = SystemTime::now();
    for number in 0_u8..4 {
        let before = files(&directory);
        made(&memo(&directory), &[&[number]], &big);
        let new = files(&directory)
            .into_iter()
            .find(|file| !before.contains(file));
        // The second is the oldest.
        let age = Duration::from_secs(if number == 1 {
            900
        } else {
            60 * u64::from(number)
        });
        let file = fs::File::options().write(true).open(new.unwrap()).unwrap();
        file.set_modified(now - age).unwrap();
    }
    let memo = memo(&directory);
    made(&memo, &[b"more"], "text");
    memo.finish();
    let found = |number: u8| !made(&memo, &[&[number]], "again").1;
    assert!(!found(1));
    assert!(found(0) && found(2) && found(3));
}

#[test]
fn a_directory_that_cannot_be_written_is_as_good_as_none() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("file");
    fs::write(&file, "").unwrap();
    let memo = || Memo::new(Box::new(Directory::new(file.join("below"), 1 << 20)));
    assert!(made(&memo(), &[], "1").1);
    assert!(made(&memo(), &[], "1").1);
    memo().finish();
}

#[test]
fn threads_and_processes_may_share_it() {
    let directory = tempfile::tempdir().unwrap();
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                let memo = memo(&directory);
                for number in 0..100_u32 {
                    let text = number.to_string().repeat(1000);
                    let (found, _) = made(&memo, &[&number.to_le_bytes()], &text);
                    assert_eq!(found, text);
                }
            });
        }
    });
    assert_eq!(files(&directory).len(), 100);
}
