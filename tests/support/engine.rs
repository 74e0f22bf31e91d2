//! A stand-in for an engine that speaks the API of Docker: an HTTP server at a socket of this machine. Its containers are folders, the commands in them
//! run in these, and everything else is as the real one says it, its errors too.

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::os::unix::net::{UnixListener, UnixStream};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

/// What goes wrong.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Fault {
    #[default]
    None,
    /// A request whose path has this in it is answered with this number.
    Says(&'static str, u16),
    /// A request whose path has this in it is never answered.
    Hangs(&'static str),
    /// The archive that comes out ends in the middle.
    CutsArchive,
    /// The archive ends between two files, with all that HTTP wants.
    LosesFiles,
    /// The connection of a command breaks in the middle of a frame.
    BreaksOff,
    /// The kernel kills the command for want of memory.
    OutOfMemory,
    /// The container goes while its command runs.
    Dies,
    /// It cannot limit memory.
    NoMemoryLimit,
}

/// A container: a folder for its project, and how it was ordered.
pub(crate) struct Made {
    pub(crate) body: Value,
    folder: tempfile::TempDir,
    is_paused: bool,
}

#[derive(Default)]
struct State {
    containers: BTreeMap<String, Made>,
    /// What was ordered, of containers that are gone too.
    orders: Vec<Value>,
    requests: Vec<String>,
    execs: BTreeMap<String, (String, Value)>,
    running: BTreeMap<String, Child>,
    ended: BTreeMap<String, i32>,
}

/// The engine.
pub(crate) struct Engine {
    folder: tempfile::TempDir,
    state: Arc<Mutex<State>>,
    stop: Arc<AtomicBool>,
}

impl Engine {
    pub(crate) fn start(fault: Fault) -> Engine {
        let engine = Engine {
            folder: tempfile::tempdir().unwrap(),
            state: Arc::default(),
            stop: Arc::default(),
        };
        let listener = UnixListener::bind(engine.socket()).unwrap();
        let (state, stop) = (Arc::clone(&engine.state), Arc::clone(&engine.stop));
        thread::spawn(move || {
            for client in listener.incoming() {
                if stop.load(Ordering::Relaxed) {
                    return;
                }
                let Ok(client) = client else { continue };
                let (state, stop) = (Arc::clone(&state), Arc::clone(&stop));
                thread::spawn(move || serve(client, &state, fault, &stop));
            }
        });
        engine
    }

    pub(crate) fn socket(&self) -> PathBuf {
        self.folder.path().join("engine.sock")
    }

    /// How its containers were ordered, first to last.
    pub(crate) fn orders(&self) -> Vec<Value> {
        self.state.lock().unwrap().orders.clone()
    }

    /// The requests so far, without the version before them.
    pub(crate) fn requests(&self) -> Vec<String> {
        self.state.lock().unwrap().requests.clone()
    }

    /// Waits until there are as many containers.
    pub(crate) fn wait_for_containers(&self, many: usize) -> Vec<String> {
        let start = Instant::now();
        loop {
            let state = self.state.lock().unwrap();
            let names: Vec<String> = state.containers.keys().cloned().collect();
            if names.len() == many {
                return names;
            }
            assert!(
                start.elapsed() < Duration::from_secs(30),
                "there are {names:?}"
            );
            drop(state);
            thread::sleep(Duration::from_millis(10));
        }
    }

    /// Waits until a request was made whose line begins so.
    pub(crate) fn wait_for(&self, request: &str) {
        let start = Instant::now();
        while !self.requests().iter().any(|made| made.starts_with(request)) {
            assert!(
                start.elapsed() < Duration::from_secs(30),
                "no {request} came"
            );
            thread::sleep(Duration::from_millis(10));
        }
    }

    /// Puts a container there that somebody else made.
    pub(crate) fn leave(&self, name: &str, labels: Value) {
        let left = Made {
            body: json!({"Labels": labels}),
            folder: tempfile::tempdir().unwrap(),
            is_paused: false,
        };
        let mut state = self.state.lock().unwrap();
        state.containers.insert(name.to_owned(), left);
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        for (_, mut child) in std::mem::take(&mut self.state.lock().unwrap().running) {
            end(&mut child);
        }
        // Its last connection, which wakes it.
        let _ = UnixStream::connect(self.socket());
    }
}

fn end(child: &mut Child) {
    let group = format!("-{}", child.id());
    let _ = Command::new("kill")
        .args(["-9", "--", &group])
        .stderr(Stdio::null())
        .status();
    let _ = child.wait();
}

struct Request {
    method: String,
    /// Without the version.
    path: String,
    query: BTreeMap<String, String>,
    body: Vec<u8>,
}

fn request(reader: &mut BufReader<UnixStream>) -> Option<Request> {
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    let mut words = line.split_whitespace();
    let (method, target) = (words.next()?.to_owned(), words.next()?);
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let path = match path.strip_prefix("/v1.") {
        Some(rest) => &rest[rest.find('/')?..],
        None => path,
    };
    let (path, query) = (plain(path), query.to_owned());
    let (mut length, mut is_chunked) = (0_usize, false);
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let line = line.trim().to_ascii_lowercase();
        if line.is_empty() {
            break;
        }
        if let Some(value) = line.strip_prefix("content-length:") {
            length = value.trim().parse().ok()?;
        }
        is_chunked |= line == "transfer-encoding: chunked";
    }
    let mut body = Vec::new();
    if is_chunked {
        loop {
            let mut size = String::new();
            reader.read_line(&mut size).ok()?;
            let size = usize::from_str_radix(size.trim(), 16).ok()?;
            let mut chunk = vec![0; size + 2];
            reader.read_exact(&mut chunk).ok()?;
            if size == 0 {
                break;
            }
            body.extend_from_slice(&chunk[..size]);
        }
    } else {
        body.resize(length, 0);
        reader.read_exact(&mut body).ok()?;
    }
    let query = query
        .split('&')
        .filter_map(|pair| pair.split_once('='))
        .map(|(name, value)| (name.to_owned(), plain(value)))
        .collect();
    Some(Request {
        method,
        path,
        query,
        body,
    })
}

/// A text of an address without its escapes.
fn plain(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        match byte {
            b'%' => {
                let digits = [rest.next().unwrap(), rest.next().unwrap()];
                let digits = std::str::from_utf8(&digits).unwrap();
                bytes.push(u8::from_str_radix(digits, 16).unwrap());
            }
            b'+' => bytes.push(b' '),
            byte => bytes.push(byte),
        }
    }
    String::from_utf8(bytes).unwrap()
}

fn answer(client: &mut UnixStream, status: u16, body: &[u8]) {
    let reason = match status {
        200 => "OK",
        201 => "Created",
        204 => "No Content",
        404 => "Not Found",
        409 => "Conflict",
        _ => "Internal Server Error",
    };
    let length = match status {
        204 => String::new(),
        _ => format!(
            "Content-Type: application/json\r\nContent-Length: {}\r\n",
            body.len()
        ),
    };
    let head = format!("HTTP/1.1 {status} {reason}\r\nApi-Version: 1.41\r\n{length}\r\n");
    // Whoever went away needs no answer.
    let _ = client.write_all(head.as_bytes());
    if status != 204 {
        let _ = client.write_all(body);
    }
}

fn says(client: &mut UnixStream, status: u16, value: &Value) {
    answer(client, status, value.to_string().as_bytes());
}

fn serve(client: UnixStream, shared: &Mutex<State>, fault: Fault, stop: &AtomicBool) {
    let Ok(reading) = client.try_clone() else {
        return;
    };
    let mut client = client;
    let mut reader = BufReader::new(reading);
    while let Some(request) = request(&mut reader) {
        let line = format!("{} {}", request.method, request.path);
        shared.lock().unwrap().requests.push(line.clone());
        if let Fault::Says(part, status) = fault
            && line.contains(part)
        {
            let message = format!("a made up {status}");
            says(&mut client, status, &json!({"message": message}));
            continue;
        }
        if let Fault::Hangs(part) = fault
            && line.contains(part)
        {
            while !stop.load(Ordering::Relaxed) {
                thread::sleep(Duration::from_millis(20));
            }
            return;
        }
        if !respond(&mut client, &mut reader, &request, shared, fault) {
            return;
        }
    }
}

/// Answers a request. False when the connection is used up.
fn respond(
    client: &mut UnixStream,
    reader: &mut BufReader<UnixStream>,
    request: &Request,
    shared: &Mutex<State>,
    fault: Fault,
) -> bool {
    let parts: Vec<&str> = request.path.trim_matches('/').split('/').collect();
    let mut state = shared.lock().unwrap();
    let missing = |name: &str| json!({"message": format!("No such container: {name}")});
    match (request.method.as_str(), parts.as_slice()) {
        ("GET", ["version"]) => says(
            client,
            200,
            &json!({"Version": "20.10.24", "ApiVersion": "1.41", "MinAPIVersion": "1.12", "Os": "linux"}),
        ),
        ("GET", ["info"]) => says(
            client,
            200,
            &json!({"ID": "X", "OSType": "linux", "MemoryLimit": fault != Fault::NoMemoryLimit, "PidsLimit": true, "CgroupVersion": "1", "CgroupDriver": "cgroupfs",
                "SecurityOptions": ["name=seccomp,profile=default"], "ServerVersion": "20.10.24"}),
        ),
        ("GET", ["images", name @ .., "json"]) => match name.join("/").as_str() {
            "small:1" => says(
                client,
                200,
                &json!({"Id": "sha256:00ff", "Os": "linux", "Config": {"Volumes": {"/data": {}}}}),
            ),
            name => says(
                client,
                404,
                &json!({"message": format!("No such image: {name}")}),
            ),
        },
        ("GET", ["containers", "json"]) => {
            let list: Vec<_> = state
                .containers
                .iter()
                .map(|(name, found)| json!({"Id": name, "Names": [format!("/{name}")], "Labels": found.body["Labels"], "State": "running"}))
                .collect();
            says(client, 200, &json!(list));
        }
        ("POST", ["containers", "create"]) => {
            let name = request.query["name"].clone();
            let body: Value = serde_json::from_slice(&request.body).unwrap();
            state.orders.push(body.clone());
            let made = Made {
                body,
                folder: tempfile::tempdir().unwrap(),
                is_paused: false,
            };
            state.containers.insert(name.clone(), made);
            says(client, 201, &json!({"Id": name, "Warnings": []}));
        }
        ("POST", ["containers", name, "attach"]) => {
            if !state.containers.contains_key(*name) {
                says(client, 404, &missing(name));
                return true;
            }
            drop(state);
            upgrade(client);
            let mut end = [0];
            // The shell in it ends with its input, and the container with the shell.
            while matches!(reader.read(&mut end), Ok(1)) {}
            remove(&mut shared.lock().unwrap(), name);
            return false;
        }
        ("POST", ["containers", _, "start"]) => answer(client, 204, b""),
        ("POST", ["containers", name, "pause"]) => {
            if let Some(found) = state.containers.get_mut(*name) {
                found.is_paused = true;
            }
            answer(client, 204, b"");
        }
        ("PUT", ["containers", name, "archive"]) => {
            let Some(found) = state.containers.get(*name) else {
                says(client, 404, &missing(name));
                return true;
            };
            let mut archive = tar::Archive::new(request.body.as_slice());
            archive.set_preserve_permissions(true);
            match archive.unpack(found.folder.path()) {
                Ok(()) => answer(client, 200, b""),
                Err(error) => says(client, 500, &json!({"message": error.to_string()})),
            }
        }
        ("GET", ["containers", name, "archive"]) => {
            let Some(found) = state.containers.get(*name) else {
                says(client, 404, &missing(name));
                return true;
            };
            assert!(
                found.is_paused,
                "files are read while the command may change them"
            );
            send_archive(client, found.folder.path(), &request.query["path"], fault);
            return fault != Fault::CutsArchive;
        }
        ("POST", ["containers", name, "exec"]) => {
            if !state.containers.contains_key(*name) {
                says(client, 404, &missing(name));
                return true;
            }
            let id = format!("exec{}", state.execs.len());
            let body: Value = serde_json::from_slice(&request.body).unwrap();
            state.execs.insert(id.clone(), ((*name).to_owned(), body));
            says(client, 201, &json!({"Id": id}));
        }
        ("POST", ["exec", id, "start"]) => {
            let id = (*id).to_owned();
            drop(state);
            upgrade(client);
            execute(client, reader, &id, shared, fault);
            return false;
        }
        ("GET", ["exec", id, "json"]) => {
            let is_gone = !state.containers.contains_key(&state.execs[*id].0);
            if is_gone {
                says(
                    client,
                    404,
                    &json!({"message": format!("No such exec instance: {id}")}),
                );
                return true;
            }
            let code = ended(&mut state, id);
            says(
                client,
                200,
                &json!({"ID": id, "Running": code.is_none(), "ExitCode": code, "Pid": 7, "OpenStdin": false, "OpenStdout": true,
                "OpenStderr": true, "CanRemove": false, "ContainerID": "x", "DetachKeys": ""}),
            );
        }
        ("GET", ["containers", _, "stats"]) => says(
            client,
            200,
            &json!({"read": "2026-01-01T00:00:00Z", "cpu_stats": {"cpu_usage": {"total_usage": 12_000_000}},
                "memory_stats": {"usage": 1 << 20, "max_usage": 200 << 20, "limit": 256 << 20}, "pids_stats": {"current": 5}}),
        ),
        ("GET", ["events"]) => {
            let event = json!({"Type": "container", "Action": "oom", "Actor": {"ID": "x", "Attributes": {}}, "scope": "local", "time": 1, "timeNano": 1});
            if fault == Fault::OutOfMemory {
                says(client, 200, &event);
            } else {
                answer(client, 200, b"");
            }
        }
        ("DELETE", ["containers", name]) => {
            if state.containers.contains_key(*name) {
                assert_eq!(
                    (&*request.query["v"], &*request.query["force"]),
                    ("true", "true")
                );
                remove(&mut state, name);
                answer(client, 204, b"");
            } else {
                says(client, 404, &missing(name));
            }
        }
        _ => says(
            client,
            404,
            &json!({"message": format!("page not found: {}", request.path)}),
        ),
    }
    true
}

fn upgrade(client: &mut UnixStream) {
    let head = "HTTP/1.1 101 UPGRADED\r\nContent-Type: application/vnd.docker.raw-stream\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n";
    let _ = client.write_all(head.as_bytes());
}

fn remove(state: &mut State, name: &str) {
    state.containers.remove(name);
    let execs: Vec<String> = state
        .execs
        .iter()
        .filter(|(_, (of, _))| of == name)
        .map(|(id, _)| id.clone())
        .collect();
    for id in execs {
        if let Some(mut child) = state.running.remove(&id) {
            end(&mut child);
        }
    }
}

/// The code that a command ended with, if it did.
fn ended(state: &mut State, id: &str) -> Option<i32> {
    if let Some(code) = state.ended.get(id) {
        return Some(*code);
    }
    let status = state.running.get_mut(id)?.try_wait().unwrap()?;
    let signal = std::os::unix::process::ExitStatusExt::signal(&status);
    let code = status.code().unwrap_or_else(|| 128 + signal.unwrap_or(0));
    state.ended.insert(id.to_owned(), code);
    Some(code)
}

/// Runs a command and sends what it prints in frames: a byte for the stream, three zeros, the length, the bytes.
fn execute(
    client: &mut UnixStream,
    reader: &mut BufReader<UnixStream>,
    id: &str,
    shared: &Mutex<State>,
    fault: Fault,
) {
    let mut state = shared.lock().unwrap();
    let (name, body) = state.execs[id].clone();
    let Some(found) = state.containers.get(&name) else {
        return;
    };
    assert_eq!(body["User"], "1000:1000");
    let texts = |value: &Value| -> Vec<String> {
        let list = value.as_array().unwrap();
        list.iter()
            .map(|text| text.as_str().unwrap().to_owned())
            .collect()
    };
    let command = texts(&body["Cmd"]);
    if fault == Fault::OutOfMemory {
        state.ended.insert(id.to_owned(), 137);
        return;
    }
    let target = found.body["HostConfig"]["Mounts"][0]["Target"]
        .as_str()
        .unwrap();
    let below = Path::new(body["WorkingDir"].as_str().unwrap())
        .strip_prefix(target)
        .unwrap();
    let mut process = Command::new(&command[0]);
    process
        .args(&command[1..])
        .current_dir(found.folder.path().join(below))
        .env_clear()
        .env("PATH", "/usr/bin:/bin")
        .stdin(if body["AttachStdin"] == true {
            Stdio::piped()
        } else {
            Stdio::null()
        })
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .process_group(0);
    for variable in texts(&body["Env"]) {
        let (name, value) = variable.split_once('=').unwrap();
        process.env(name, value);
    }
    let mut child = match process.spawn() {
        Ok(child) => child,
        Err(_) => {
            let text = format!(
                "OCI runtime exec failed: exec failed: unable to start container process: exec: \"{}\": executable file not found in $PATH: unknown\r\n",
                command[0]
            );
            frame(client, 1, text.as_bytes());
            state.ended.insert(id.to_owned(), 127);
            return;
        }
    };
    let (stdout, stderr, stdin) = (
        child.stdout.take().unwrap(),
        child.stderr.take().unwrap(),
        child.stdin.take(),
    );
    state.running.insert(id.to_owned(), child);
    drop(state);
    if fault == Fault::BreaksOff {
        let _ = client.write_all(&[1, 0, 0, 0, 0, 0, 1, 0, b'x']);
        let _ = client.shutdown(std::net::Shutdown::Both);
        return;
    }
    if fault == Fault::Dies {
        remove(&mut shared.lock().unwrap(), &name);
    }
    let whole = Mutex::new(());
    let mut others = (client.try_clone().unwrap(), client.try_clone().unwrap());
    thread::scope(|scope| {
        if let Some(mut stdin) = stdin {
            // It ends when the client says no more, or goes.
            scope.spawn(move || {
                let _ = std::io::copy(reader, &mut stdin);
            });
        }
        let lock = &whole;
        scope.spawn(move || frames(stdout, &mut others.0, 1, lock));
        frames(stderr, &mut others.1, 2, lock);
    });
    let _ = client.shutdown(std::net::Shutdown::Both);
}

fn frames(mut from: impl std::io::Read, to: &mut UnixStream, stream: u8, lock: &Mutex<()>) {
    let mut buffer = vec![0; 32 << 10];
    while let Ok(length @ 1..) = from.read(&mut buffer) {
        let _whole = lock.lock().unwrap();
        frame(to, stream, &buffer[..length]);
    }
}

fn frame(to: &mut UnixStream, stream: u8, bytes: &[u8]) {
    let mut frame = vec![stream, 0, 0, 0];
    frame.extend_from_slice(&u32::try_from(bytes.len()).unwrap().to_be_bytes());
    frame.extend_from_slice(bytes);
    let _ = to.write_all(&frame);
}

/// Sends a folder as an archive whose paths begin with its name, in chunks.
fn send_archive(client: &mut UnixStream, folder: &Path, path: &str, fault: Fault) {
    let name = Path::new(path).file_name().unwrap().to_str().unwrap();
    let mut archive = tar::Builder::new(Vec::new());
    archive.follow_symlinks(false);
    if fault == Fault::LosesFiles {
        archive.append_dir(name, folder).unwrap();
    } else {
        archive.append_dir_all(name, folder).unwrap();
    }
    let mut bytes = archive.into_inner().unwrap();
    if fault == Fault::LosesFiles {
        bytes.truncate(512);
    }
    let head =
        "HTTP/1.1 200 OK\r\nContent-Type: application/x-tar\r\nTransfer-Encoding: chunked\r\n\r\n";
    let _ = client.write_all(head.as_bytes());
    let end = if fault == Fault::CutsArchive {
        bytes.len() / 2
    } else {
        bytes.len()
    };
    for chunk in bytes[..end].chunks(10_000) {
        let _ = client.write_all(format!("{:x}\r\n", chunk.len()).as_bytes());
        let _ = client.write_all(chunk);
        let _ = client.write_all(b"\r\n");
    }
    if fault == Fault::CutsArchive {
        let _ = client.shutdown(std::net::Shutdown::Both);
        return;
    }
    let _ = client.write_all(b"0\r\n\r\n");
}

/// What is in a folder, with what it holds.
pub(crate) fn content(folder: &Path) -> BTreeMap<String, String> {
    fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap())
        .filter(|entry| entry.path().is_file())
        .map(|entry| {
            let text = fs::read_to_string(entry.path()).unwrap();
            (entry.file_name().into_string().unwrap(), text)
        })
        .collect()
}
