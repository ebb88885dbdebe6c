//! the file of what was taught, for the actions that show and change it.

use crate::capability::{Access, CapabilityError, Right, Rights};
use crate::files::WRITER;
use crate::words::failure;
use llm_os_schema::lesson::{self, FILE_MAX_BYTES, FOLDER, LESSONS_MAX, Lesson, PLACE};
use llm_os_sys::beneath;
use llm_os_sys::durable::{self, Over, Owned};
use rustix::fs::{Mode, OFlags};
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// everyone may read it: the model runner does.
const OWNED: Owned = Owned {
    uid: 0,
    gid: 0,
    mode: 0o644,
};

/// writes in the folder of what was taught, as root.
pub(crate) fn changing() -> Rights {
    Rights {
        access: vec![Access::new(FOLDER, Right::Write)],
        keep: WRITER.to_vec(),
        ..Rights::default()
    }
}

/// what was taught so far.
pub(crate) fn taught() -> Result<Vec<Lesson>, CapabilityError> {
    let read = || -> io::Result<String> {
        let place = beneath::open_place(Path::new(PLACE))?;
        let file = place.open(OFlags::RDONLY | OFlags::NONBLOCK, Mode::empty())?;
        let mut text = String::new();
        File::from(file)
            .take(FILE_MAX_BYTES + 1)
            .read_to_string(&mut text)?;
        Ok(text)
    };
    match read() {
        Ok(text) => Ok(lesson::read(&text).0),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(failure("read", PLACE, &error)),
    }
}

/// writes what was taught anew, whole.
pub(crate) fn keep(lessons: &[Lesson]) -> Result<(), CapabilityError> {
    let text: String = lessons.iter().map(Lesson::line).collect();
    let write = || -> io::Result<()> {
        let place = beneath::open_place(Path::new(PLACE))?;
        durable::replace(&place, &mut text.as_bytes(), OWNED, Over::Anything)
    };
    write().map_err(|error| failure("write", PLACE, &error))
}

/// `lessons` with this one last, in the place of one with the same words.
pub(crate) fn with(mut lessons: Vec<Lesson>, new: Lesson) -> Result<Vec<Lesson>, CapabilityError> {
    lessons.retain(|lesson| !lesson.same_words(&new.request));
    let bytes: usize = lessons.iter().map(|lesson| lesson.line().len()).sum();
    if lessons.len() >= LESSONS_MAX || (bytes + new.line().len()) as u64 > FILE_MAX_BYTES {
        return Err(CapabilityError::new(format!(
            "{PLACE} is full: take something out of it with `unteach` first; `taught` lists it"
        )));
    }
    lessons.push(new);
    Ok(lessons)
}

/// the place in `lessons` of the one that `which` is: its words, or its number as `taught` shows it.
pub(crate) fn find(lessons: &[Lesson], which: &str) -> Result<usize, CapabilityError> {
    let number = which
        .trim_start_matches('#')
        .parse::<usize>()
        .ok()
        .and_then(|number| number.checked_sub(1));
    let by_words = lessons.iter().position(|lesson| lesson.same_words(which));
    by_words
        .or(number.filter(|&at| at < lessons.len()))
        .ok_or_else(|| {
            CapabilityError::new(format!(
                "nothing was taught for \"{}\": `taught` lists what there is",
                which.escape_debug()
            ))
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lesson(request: &str) -> Lesson {
        Lesson {
            request: request.to_owned(),
            means: "ls".to_owned(),
        }
    }

    #[test]
    fn a_lesson_takes_the_place_of_its_words() {
        let lessons = vec![lesson("tidy up"), lesson("go")];
        let lessons = with(lessons, lesson("Tidy up!")).unwrap();
        let requests: Vec<&str> = lessons.iter().map(|l| l.request.as_str()).collect();
        assert_eq!(requests, ["go", "Tidy up!"]);
        assert_eq!(find(&lessons, "GO").unwrap(), 0);
        assert_eq!(find(&lessons, "#2").unwrap(), 1);
        assert!(find(&lessons, "3").is_err() && find(&lessons, "0").is_err());
        let full: Vec<Lesson> = (0..LESSONS_MAX).map(|n| lesson(&n.to_string())).collect();
        assert!(
            with(full, lesson("more"))
                .unwrap_err()
                .message
                .contains("unteach")
        );
    }
}
