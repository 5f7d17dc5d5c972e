//! Writing files so that a killed build leaves the old file or the new one, never half of one.

use std::fs;
use std::io::{self, Write};
use std::path::Path;

/// Writes a file beside its place and renames it; makes the folder if there is none.
///
/// It does not wait for the disk: what is promised is for a build that is killed, not for a machine that loses power.
///
/// # Errors
/// The system's, with the path in words.
pub fn atomic(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let explain = |error: io::Error| {
        io::Error::new(error.kind(), format!("{} cannot be written: {error}", path.display()))
    };
    fs::create_dir_all(folder).map_err(explain)?;
    let mut file =
        tempfile::Builder::new().prefix(".recto-").suffix(".part").tempfile_in(folder).map_err(explain)?;
    file.write_all(bytes).map_err(explain)?;
    set_mode(file.as_file()).map_err(explain)?;
    file.persist(path).map_err(|error| explain(error.error))?;
    Ok(())
}

/// Replaces a file that somebody else wrote: like [`atomic`], but its permissions stay, and a link stays a link.
///
/// # Errors
/// The system's, with the path in words.
pub fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let explain = |error: io::Error| {
        io::Error::new(error.kind(), format!("{} cannot be written: {error}", path.display()))
    };
    let real = path.canonicalize().map_err(explain)?;
    let permissions = fs::metadata(&real).map_err(explain)?.permissions();
    let folder = real.parent().unwrap_or(Path::new("."));
    let mut file =
        tempfile::Builder::new().prefix(".recto-").suffix(".part").tempfile_in(folder).map_err(explain)?;
    file.write_all(bytes).map_err(explain)?;
    file.as_file().set_permissions(permissions).map_err(explain)?;
    file.persist(&real).map_err(|error| explain(error.error))?;
    Ok(())
}

/// A temporary file is private; what a build writes is as public as any other file.
#[cfg(unix)]
fn set_mode(file: &fs::File) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    file.set_permissions(fs::Permissions::from_mode(0o644))
}

#[cfg(not(unix))]
fn set_mode(_: &fs::File) -> io::Result<()> {
    Ok(())
}

/// Writes only what differs from what is there. Returns whether it wrote.
///
/// # Errors
/// See [`atomic`].
pub fn if_changed(path: &Path, bytes: &[u8]) -> io::Result<bool> {
    if fs::read(path).is_ok_and(|old| old == bytes) {
        return Ok(false);
    }
    atomic(path, bytes)?;
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_replaced_whole_and_nothing_is_left_beside_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deep/er/file.txt");
        atomic(&path, b"one").unwrap();
        assert!(if_changed(&path, b"two").unwrap());
        assert!(!if_changed(&path, b"two").unwrap());
        assert_eq!(fs::read(&path).unwrap(), b"two");
        assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1);
    }

    #[test]
    fn a_folder_in_the_way_is_an_error_that_names_the_path() {
        let folder = tempfile::tempdir().unwrap();
        let error = atomic(folder.path(), b"x").unwrap_err();
        assert!(error.to_string().contains(&folder.path().display().to_string()), "{error}");
    }
}
