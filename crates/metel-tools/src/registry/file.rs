//! Contract and service files: YAML or JSON, bounded, with the place of every fault.

use std::path::{Path, PathBuf};

use metel_model::contract::Contract;
use metel_model::json::{DEPTH_MAX, depth_within};
use metel_model::service::Service;
use metel_model::{Code, Fault};
use metel_rules::contract::Compiled;
use serde_json::Value;

/// Largest file.
const FILE_BYTES_MAX: u64 = 256 * 1024;
/// Most files of one folder.
const FILES_MAX: usize = 20_000;
/// Deepest folder below the given one.
const FOLDERS_MAX: usize = 8;

/// What a file turned out to be.
#[derive(Debug, Clone, PartialEq)]
pub enum Parsed {
    Contract(Box<Contract>),
    Service(Box<Service>),
}

/// Reads one file's text. A file with `base_url` is a service, any other a contract.
pub fn parse(file: &str, text: &str) -> Result<Parsed, Fault> {
    let invalid = |what: String| Fault::new(Code::ContractInvalid).about(what).at(file);
    if text.len() as u64 > FILE_BYTES_MAX {
        return Err(Fault::new(Code::TooLarge).at(file));
    }
    let value: Value = match file.ends_with(".json") {
        true => serde_json::from_str(text).map_err(|error| invalid(error.to_string()))?,
        false => yaml_serde::from_str(text).map_err(|error| invalid(error.to_string()))?,
    };
    if !depth_within(&value, DEPTH_MAX) {
        return Err(Fault::new(Code::TooDeep).at(file));
    }
    if value.get("base_url").is_some() {
        let service = serde_json::from_value(value).map_err(|error| invalid(error.to_string()))?;
        return Ok(Parsed::Service(Box::new(service)));
    }
    let contract = serde_json::from_value(value).map_err(|error| invalid(error.to_string()))?;
    Ok(Parsed::Contract(Box::new(contract)))
}

/// Checks one file as it would be added, and changes nothing. Carries every fault of the contract.
pub fn validate(file: &str, text: &str) -> Result<Parsed, Fault> {
    let parsed = parse(file, text)?;
    let invalid = |id: &str| Fault::new(Code::ContractInvalid).about(id).at(file);
    match &parsed {
        Parsed::Contract(contract) => {
            Compiled::compile(contract.as_ref().clone()).map_err(|fields| invalid(&contract.id).fields(fields))?;
        }
        Parsed::Service(service) => {
            let fields = super::service::check(service);
            if !fields.is_empty() {
                return Err(invalid(&service.id).fields(fields));
            }
        }
    }
    Ok(parsed)
}

/// Name and text of every contract file below a folder; none where the folder does not exist.
pub(super) fn read_folder(folder: &Path) -> Result<Vec<(String, String)>, Fault> {
    let mut paths = Vec::new();
    if folder.is_dir() {
        collect(folder, 0, &mut paths)?;
    }
    paths.sort();
    let mut files = Vec::with_capacity(paths.len());
    for path in paths {
        let name = path.strip_prefix(folder).unwrap_or(&path).display().to_string();
        let bytes = std::fs::metadata(&path).map(|meta| meta.len()).unwrap_or(u64::MAX);
        if bytes > FILE_BYTES_MAX {
            return Err(Fault::new(Code::TooLarge).at(name));
        }
        let text = std::fs::read_to_string(&path).map_err(|error| unreadable(&path, &error))?;
        files.push((name, text));
    }
    Ok(files)
}

fn unreadable(path: &Path, error: &std::io::Error) -> Fault {
    Fault::new(Code::ContractInvalid).about(error).at(path.display())
}

fn collect(folder: &Path, depth: usize, paths: &mut Vec<PathBuf>) -> Result<(), Fault> {
    if depth > FOLDERS_MAX || paths.len() > FILES_MAX {
        return Err(Fault::new(Code::LimitExceeded).at(folder.display()));
    }
    for entry in std::fs::read_dir(folder).map_err(|error| unreadable(folder, &error))? {
        let entry = entry.map_err(|error| unreadable(folder, &error))?;
        let (path, kind) = (entry.path(), entry.file_type().map_err(|error| unreadable(folder, &error))?);
        let is_contract = path.extension().is_some_and(|ext| ext == "yaml" || ext == "yml" || ext == "json");
        // Links are not followed: the folder is what its owner put there.
        if kind.is_dir() {
            collect(&path, depth + 1, paths)?;
        } else if kind.is_file() && is_contract {
            paths.push(path);
        }
    }
    Ok(())
}
