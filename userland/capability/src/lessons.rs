//! the file of what was taught, for the actions that show and change it.

use crate::capability::{Access, Assessment, CapabilityError, Place, Right, Rights};
use crate::files::WRITER;
use crate::state::fingerprint_path;
use crate::words::failure;
use llm_os_schema::Risk;
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

/// what it takes to change the file: it is kept before, so that it can be put back.
pub(crate) fn change(sentence: String, way_back: &str) -> Result<Assessment, CapabilityError> {
    Ok(Assessment {
        risk: Risk::Change,
        way_back: Some(way_back.to_owned()),
        preconditions: vec![fingerprint_path(PLACE)?],
        captures: vec![Place::Path(PLACE.to_owned())],
        ..Assessment::observe(sentence)
    })
}

/// what is in the file.
#[derive(Clone, Debug, Default)]
pub(crate) struct Taught {
    pub lessons: Vec<Lesson>,
    /// lines that are no lesson, whoever wrote them: they stay.
    pub strange: Vec<String>,
}

impl Taught {
    /// what was taught so far.
    pub fn read() -> Result<Self, CapabilityError> {
        let read = || -> io::Result<Vec<u8>> {
            let place = beneath::open_place(Path::new(PLACE))?;
            let file = place.open(OFlags::RDONLY | OFlags::NONBLOCK, Mode::empty())?;
            let mut bytes = Vec::new();
            File::from(file)
                .take(FILE_MAX_BYTES + 1)
                .read_to_end(&mut bytes)?;
            Ok(bytes)
        };
        match read() {
            Ok(bytes) => Ok(Taught::of(&String::from_utf8_lossy(&bytes))),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Taught::default()),
            Err(error) => Err(failure("read", PLACE, &error)),
        }
    }

    fn of(text: &str) -> Self {
        let (lessons, strange) = lesson::read(text);
        Taught {
            lessons,
            strange: strange.into_iter().map(str::to_owned).collect(),
        }
    }

    fn text(&self) -> String {
        let strange = self.strange.iter().map(|line| format!("{line}\n"));
        self.lessons
            .iter()
            .map(Lesson::line)
            .chain(strange)
            .collect()
    }

    /// writes the file anew, whole.
    pub fn keep(&self) -> Result<(), CapabilityError> {
        let text = self.text();
        let write = || -> io::Result<()> {
            let place = beneath::open_place(Path::new(PLACE))?;
            durable::replace(&place, &mut text.as_bytes(), OWNED, Over::Anything)
        };
        write().map_err(|error| failure("write", PLACE, &error))
    }

    /// with this lesson last, in the place of one with the same words.
    pub fn with(mut self, new: Lesson) -> Result<Self, CapabilityError> {
        self.lessons
            .retain(|lesson| !lesson.same_words(&new.request));
        self.lessons.push(new);
        if self.lessons.len() > LESSONS_MAX || self.text().len() as u64 > FILE_MAX_BYTES {
            return Err(CapabilityError::new(format!(
                "{PLACE} is full: take something out of it with `unteach` first; `taught` lists it"
            )));
        }
        Ok(self)
    }

    /// the place of the lesson that `which` is: its words, or its number as `taught` shows it.
    pub fn find(&self, which: &str) -> Result<usize, CapabilityError> {
        let number = which
            .trim_start_matches('#')
            .parse::<usize>()
            .ok()
            .and_then(|number| number.checked_sub(1));
        let by_words = self
            .lessons
            .iter()
            .position(|lesson| lesson.same_words(which));
        by_words
            .or(number.filter(|&at| at < self.lessons.len()))
            .ok_or_else(|| {
                CapabilityError::new(format!(
                    "nothing was taught for \"{}\": `taught` lists what there is",
                    which.escape_debug()
                ))
            })
    }
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

    fn taught(requests: &[&str]) -> Taught {
        Taught {
            lessons: requests.iter().map(|request| lesson(request)).collect(),
            strange: Vec::new(),
        }
    }

    #[test]
    fn a_lesson_takes_the_place_of_its_words() {
        let taught = taught(&["tidy up", "go"]).with(lesson("Tidy up!")).unwrap();
        let requests: Vec<&str> = taught.lessons.iter().map(|l| l.request.as_str()).collect();
        assert_eq!(requests, ["go", "Tidy up!"]);
        assert_eq!(taught.find("GO").unwrap(), 0);
        assert_eq!(taught.find("#2").unwrap(), 1);
        assert!(taught.find("3").is_err() && taught.find("0").is_err());
    }

    #[test]
    fn a_full_file_is_said_to_be_full() {
        let numbers: Vec<String> = (0..LESSONS_MAX).map(|n| n.to_string()).collect();
        let numbers: Vec<&str> = numbers.iter().map(String::as_str).collect();
        let full = taught(&numbers);
        assert!(full.clone().with(lesson("17")).is_ok());
        assert!(
            full.with(lesson("more"))
                .unwrap_err()
                .message
                .contains("unteach")
        );
    }

    #[test]
    fn lines_that_nobody_understands_stay() {
        let before = format!("{}from tomorrow's release\n", lesson("go").line());
        let after = Taught::of(&before).with(lesson("stop")).unwrap().text();
        assert!(after.contains("from tomorrow's release\n"), "{after}");
        assert_eq!(Taught::of(&after).lessons.len(), 2);
    }
}
