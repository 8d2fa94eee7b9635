//! The window of the example. All that it does for the page is to let it run the sidecar
//! (tauri-plugin-shell) and open a page of a provider in the browser (tauri-plugin-opener).

// Without this Windows opens a console beside the window.
#![cfg_attr(not(debug_assertions), windows_subsystem = "windows")]

use tauri::{AppHandle, Manager};

fn main() {
    tauri::Builder::default()
        // First, as its documentation asks: a second start must end before it does anything. Two
        // sidecars would do no harm, but two windows on one server help nobody.
        .plugin(tauri_plugin_single_instance::init(|app, _args, _cwd| show(app)))
        .plugin(tauri_plugin_opener::init())
        .plugin(tauri_plugin_shell::init())
        .run(tauri::generate_context!())
        .expect("the app can't be started");
}

/// Brings the window to the front: somebody has started the app once more.
fn show(app: &AppHandle) {
    let Some(window) = app.get_webview_window("main") else { return };
    // Each may fail where the window manager does not allow it; nothing is lost then.
    let _ = window.unminimize();
    let _ = window.show();
    let _ = window.set_focus();
}
