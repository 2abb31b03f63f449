//! The gate in an editor: a real rust-analyzer is driven as an editor drives it, with our command in the place of
//! `cargo check`. Where there is none, this says so and is skipped.

use std::io::{BufReader, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::product::{CLOSING, LIBRARY, MOTOR, Product};

/// How long rust-analyzer may take for what is asked of it; on a busy machine it loads for a minute.
const LONGEST: Duration = Duration::from_mins(2);

/// What an editor is to it.
struct Editor {
    server: Child,
    to: ChildStdin,
    from: Receiver<Value>,
    /// Diagnostics by address of the file.
    told: std::collections::BTreeMap<String, Vec<Value>>,
}

impl Drop for Editor {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

fn address(path: &Path) -> String {
    format!("file://{}", path.display())
}

impl Editor {
    /// Opens a product; `None` where there is no rust-analyzer.
    fn open(product: &Product) -> Option<Self> {
        let there = product.command("rust-analyzer").arg("--version").output();
        if !there.is_ok_and(|output| output.status.success()) {
            return None;
        }
        let mut command = product.command("rust-analyzer");
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut server = command.spawn().expect("rust-analyzer can be started");
        let to = server.stdin.take().expect("a pipe");
        let out = server.stdout.take().expect("a pipe");
        let (sender, from) = channel();
        std::thread::spawn(move || {
            let mut out = BufReader::new(out);
            while let Some(message) = read(&mut out) {
                if sender.send(message).is_err() {
                    return;
                }
            }
        });
        let mut editor = Self { server, to, from, told: std::collections::BTreeMap::new() };
        let options = json!({
            "check": { "overrideCommand": ["cargo", "health-sec", "check", "--message-format=json"] },
            "cargo": { "buildScripts": { "enable": false } },
            "procMacro": { "enable": false },
            "cachePriming": { "enable": false },
        });
        let capabilities = json!({ "textDocument": {
            "publishDiagnostics": { "relatedInformation": true, "codeDescriptionSupport": true, "dataSupport": true },
            "codeAction": { "codeActionLiteralSupport": { "codeActionKind": { "valueSet": ["quickfix"] } } },
        } });
        let root = address(&product.path(""));
        let root = root.trim_end_matches('/');
        editor.ask(1, "initialize", &json!({
            "processId": null, "rootUri": root, "capabilities": capabilities, "initializationOptions": options,
            "workspaceFolders": [{ "uri": root, "name": "product" }],
        }));
        editor.tell("initialized", &json!({}));
        Some(editor)
    }

    fn send(&mut self, message: &Value) {
        let text = message.to_string();
        write!(self.to, "Content-Length: {}\r\n\r\n{text}", text.len()).expect("a listener");
        self.to.flush().expect("a listener");
    }

    fn tell(&mut self, method: &str, params: &Value) {
        self.send(&json!({ "jsonrpc": "2.0", "method": method, "params": params }));
    }

    /// Asks, and waits for the answer.
    fn ask(&mut self, id: u64, method: &str, params: &Value) -> Value {
        self.send(&json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params }));
        let end = Instant::now() + LONGEST;
        while Instant::now() < end {
            if let Some(message) = self.next()
                && message["id"] == id
                && message["method"].is_null()
            {
                assert!(message["error"].is_null(), "{message}");
                return message["result"].clone();
            }
        }
        Value::Null
    }

    /// The next message, if one comes soon. What the server asks of an editor is answered; diagnostics are kept.
    fn next(&mut self) -> Option<Value> {
        let message = match self.from.recv_timeout(Duration::from_secs(5)) {
            Ok(message) => message,
            Err(RecvTimeoutError::Timeout) => return None,
            Err(RecvTimeoutError::Disconnected) => unreachable!("rust-analyzer has ended"),
        };
        if message["method"] == "textDocument/publishDiagnostics" {
            let diagnostics = message["params"]["diagnostics"].as_array().cloned().unwrap_or_default();
            self.told.insert(message["params"]["uri"].as_str().expect("an address").to_owned(), diagnostics);
        } else if !message["method"].is_null() && !message["id"].is_null() {
            self.send(&json!({ "jsonrpc": "2.0", "id": message["id"], "result": null }));
        }
        Some(message)
    }

    /// The remedies that are offered at a place. While the command runs again there are none.
    fn quick_fixes(&mut self, file: &Path, range: &Value) -> Vec<Value> {
        let params = json!({
            "textDocument": { "uri": address(file) },
            "range": range,
            "context": { "diagnostics": [], "only": ["quickfix"] },
        });
        let end = Instant::now() + LONGEST;
        for id in 2.. {
            let actions = self.ask(id, "textDocument/codeAction", &params);
            let actions = actions.as_array().cloned().unwrap_or_default();
            if !actions.is_empty() || Instant::now() > end {
                return actions;
            }
            self.next();
        }
        Vec::new()
    }

    /// Saves a file, as often as it takes until the diagnostics are as wanted; all that is told of the file then.
    fn save_until(&mut self, file: &Path, of: &Path, wanted: impl Fn(&[Value]) -> bool) -> Vec<Value> {
        let end = Instant::now() + LONGEST;
        let saved = json!({ "textDocument": { "uri": address(file) } });
        while Instant::now() < end {
            if let Some(told) = self.told.get(&address(of)).filter(|told| wanted(told)) {
                return told.clone();
            }
            // While it loads, what is saved is not looked at.
            if self.next().is_none() {
                self.tell("textDocument/didSave", &saved);
            }
        }
        unreachable!("not told in time; told: {:#?}", self.told)
    }
}

/// Reads one message.
fn read(out: &mut impl std::io::BufRead) -> Option<Value> {
    let mut length = 0;
    loop {
        let mut line = String::new();
        if out.read_line(&mut line).ok()? == 0 {
            return None;
        }
        let line = line.trim();
        if line.is_empty() {
            break;
        }
        if let Some(value) = line.strip_prefix("Content-Length: ") {
            length = value.parse().ok()?;
        }
    }
    let mut bytes = vec![0; length];
    out.read_exact(&mut bytes).ok()?;
    serde_json::from_slice(&bytes).ok()
}

fn of_rule<'d>(told: &'d [Value], source: &str, code: &str) -> Option<&'d Value> {
    told.iter().find(|diagnostic| diagnostic["source"] == source && diagnostic["code"] == code)
}

#[test]
fn an_editor_shows_findings_beside_the_compilers_messages_and_offers_remedies() {
    let product = Product::new();
    let flawed = format!(
        "//! The motor.\n#![allow(unsafe_code)]\n\n/// Steps.\npub fn steps() -> u32 {{\n    // SAFETY: nobody writes to it.\n    unsafe {{ RATE }}\n}}\n{CLOSING}fn unused() {{}}\n"
    );
    product.put("motor/src/lib.rs", &flawed);
    product.put("motor/Cargo.toml", &MOTOR.replace("forbid", "deny"));
    let waiver =
        "[[waiver]]\nrule = \"weak_hash\"\nplace = \"a\"\nreason = \"r\"\nby = \"p\"\nuntil = 2026-09-20\n";
    product.put("health-sec.toml", waiver);
    let Some(mut editor) = Editor::open(&product) else {
        eprintln!("SKIPPED: rust-analyzer is not installed (rustup component add rust-analyzer)");
        return;
    };
    let (library, manifest) = (product.path("motor/src/lib.rs"), product.path("motor/Cargo.toml"));
    editor.tell(
        "textDocument/didOpen",
        &json!({ "textDocument": { "uri": address(&library), "languageId": "rust", "version": 1, "text": flawed } }),
    );
    let expected = [("health_sec", "static_mut"), ("health_sec", "allow_unchecked"), ("rustc", "dead_code")];
    let told = editor.save_until(&library, &library, |told| {
        expected.iter().all(|(source, code)| of_rule(told, source, code).is_some())
    });
    let finding = of_rule(&told, "health_sec", "static_mut").expect("a finding");
    assert_eq!(
        (&finding["severity"], &finding["range"]["start"]["line"]),
        (&1.into(), &8.into()),
        "{finding}"
    );
    // The page of the rule can be followed from the words, and from the full text that editors show.
    let page = address(&product.path("target/health-sec/rules/static_mut.md"));
    let says = |value: &Value| value.as_str().is_some_and(|text| text.contains(&page));
    assert!(says(&finding["message"]) && says(&finding["data"]["rendered"]), "{finding}");
    let text = std::fs::read_to_string(page.trim_start_matches("file://")).expect("the page");
    assert!(text.contains("## Remedy"), "{text}");
    // A remedy, as a quick fix.
    let allowed = of_rule(&told, "health_sec", "allow_unchecked").expect("a finding with a remedy");
    let word = json!({ "start": { "line": 1, "character": 3 }, "end": { "line": 1, "character": 8 } });
    assert_eq!(allowed["relatedInformation"][0]["location"]["range"], word, "{allowed}");
    let actions = editor.quick_fixes(&library, &word);
    assert!(
        actions.iter().any(|action| action["edit"].to_string().contains(r#""newText":"expect""#)),
        "{actions:#?}"
    );
    // What stands in a file that the editor has not loaded is told at the manifest.
    let told =
        editor.save_until(&library, &manifest, |told| of_rule(told, "health_sec", "waiver_unused").is_some());
    let unused = of_rule(&told, "health_sec", "waiver_unused").expect("a finding");
    assert!(unused["message"].as_str().is_some_and(|text| text.contains("health-sec.toml:")), "{unused}");
    // Mended, it is gone.
    product.put("motor/src/lib.rs", LIBRARY);
    editor.tell(
        "textDocument/didChange",
        &json!({
            "textDocument": { "uri": address(&library), "version": 2 },
            "contentChanges": [{ "text": LIBRARY }],
        }),
    );
    editor.tell("textDocument/didSave", &json!({ "textDocument": { "uri": address(&library) } }));
    let told =
        editor.save_until(&library, &library, |told| of_rule(told, "health_sec", "static_mut").is_none());
    assert!(of_rule(&told, "rustc", "dead_code").is_none(), "{told:#?}");
}
