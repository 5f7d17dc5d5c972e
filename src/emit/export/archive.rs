//! Zip archives whose bytes depend on nothing but their files.

use std::io::{Cursor, Write};

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

/// An archive of files in the order given; all are dated 1 January 1980, the first day that zip knows.
///
/// # Errors
/// The archiver's: an archive that is too large.
pub fn zip<'f>(files: impl IntoIterator<Item = (&'f str, &'f [u8])>) -> Result<Vec<u8>, String> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default()
        .last_modified_time(DateTime::default())
        .unix_permissions(0o644)
        .compression_level(Some(6));
    for (path, bytes) in files {
        // Pictures are packed already.
        let packed = [".png", ".jpg", ".jpeg", ".gif", ".webp"].iter().any(|ending| path.ends_with(ending));
        let method = if packed { CompressionMethod::Stored } else { CompressionMethod::Deflated };
        let level = if packed { None } else { Some(6) };
        let options = options.compression_method(method).compression_level(level);
        writer.start_file(path, options).map_err(|e| e.to_string())?;
        writer.write_all(bytes).map_err(|e| e.to_string())?;
    }
    Ok(writer.finish().map_err(|e| e.to_string())?.into_inner())
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    #[test]
    fn the_same_files_give_the_same_bytes() {
        let files = [("a.txt", b"text text text".as_slice()), ("é/b.png", b"x"), ("empty", b"")];
        let one = super::zip(files).unwrap();
        assert_eq!(one, super::zip(files).unwrap());
        let mut archive = zip::ZipArchive::new(std::io::Cursor::new(one)).unwrap();
        for (path, bytes) in files {
            let mut found = Vec::new();
            let mut file = archive.by_name(path).unwrap();
            assert_eq!(file.last_modified().map(|d| d.year()), Some(1980));
            file.read_to_end(&mut found).unwrap();
            assert_eq!(found, bytes);
        }
    }
}
