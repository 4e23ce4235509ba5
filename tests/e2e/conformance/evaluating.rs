//! The objective, through the SDK of its loop and through its own.

use rush_network::{Fields, Value, fields};
use rush_tests::Scene;

use super::{
    Language,
    model::{assert_same, hard_values, same, under},
    session::Session,
};

pub(crate) fn points_and_results_go_through_an_objective_unchanged(language: &Language) {
    for isolation in ["instance", "process"] {
        let session = Session::start_with(language, &format!("[objective]\nisolation = \"{isolation}\""));
        let mut xs = under("xs.", hard_values());
        xs.extend(fields! { "xs.call" => "echo" });
        let answer = session.ask("evaluate", xs);
        assert_same("echo", &answer.fields("ys."), &hard_values());
        answer.lacks("message").lacks("kind");
        let answer = session.ask("evaluate", fields! { "xs.call" => "literals" });
        assert_same("literals", &answer.fields("ys."), &hard_values());
        session.ask("evaluate", fields! { "xs.call" => "echo" }).is_empty();
    }
}

pub(crate) fn conditions_of_an_objective_arrive(language: &Language) {
    let session = Session::start(language);
    // The host keeps 64 KiB of what an objective says.
    let details: Fields = hard_values().into_iter().filter(|field| field.name != "long").collect();
    let mut xs = under("xs.details.", details.clone());
    xs.extend(fields! { "xs.call" => "fail", "xs.message" => "line one\nline two \u{1f980}", "xs.kind" => "of its own" });
    let failed = session.ask("evaluate", xs);
    failed.has("kind", "of its own").has("message", "line one\nline two \u{1f980}");
    assert_same("details", &failed.fields("details."), &details);
    assert!(failed.fields("ys.").is_empty(), "{failed}");

    let plain =
        session.ask("evaluate", fields! { "xs.call" => "fail", "xs.message" => "?", "xs.kind" => "error" });
    plain.has("kind", "error").has("message", "?");
    assert!(plain.fields("details.").is_empty(), "{plain}");

    let trap = session.ask("evaluate", fields! { "xs.call" => "trap", "xs.message" => "singular" });
    trap.has("kind", "trap");
    assert!(trap.fields("ys.").is_empty(), "{trap}");
    // As if nothing had happened.
    session.ask("evaluate", fields! { "xs.call" => "echo", "xs.x" => 1 }).has("ys.x", 1);
}

pub(crate) fn an_objective_is_given_its_own(language: &Language) {
    let scene = Scene::with_redis();
    scene.write("train", [0, 255, 10]);
    let tables = "[loop.args]\nfor = \"loop\"\n[objective]\n[objective.args]\nfor = [\"objective\", {}]\n\
                  [objective.data]\ntrain = \"train\"\n";
    let session = Session::start_in(scene, language, tables);
    let names = ["train", "nothing"].map(str::to_owned).to_vec();
    let given = session.ask("evaluate", fields! { "xs.call" => "context", "xs.names" => names.clone() });
    given.has("ys.data:train", vec![0_u8, 255, 10]).has("ys.data:nothing", Value::Null);
    let args = given.find("ys.args").unwrap();
    assert!(same(args, &Value::Json(r#"{"for":["objective",{}]}"#.into())), "{args:?}");
    let of_loop = session.ask("context", fields! { "names" => names });
    of_loop.has("data:train", Value::Null).has("args", Value::Json(r#"{"for":"loop"}"#.into()));
    // Streams of their own.
    assert_ne!(given.text("ys.seed"), of_loop.text("seed"));
}
