//! The kernels of the benchmarks compute the same natively and as components, so their times may be compared.

use rush_bench_kernels::{KERNELS, run};
use rush_tests::{Scene, guest};

#[test]
fn every_kernel_has_the_checksum_that_it_has_natively() {
    let scene = Scene::new();
    let component = guest("kernels");
    scene
        .run_file(guest("evaluates_queue"), &format!("[objective]\ncomponent = \"{}\"", component.display()));
    for (name, kernel) in KERNELS {
        scene.write("point.json", format!(r#"{{"kernel": "{name}", "size": 19, "repeats": 3}}"#));
        let sum = scene.host("eval run.toml --xs @point.json").json()["sum"].as_f64().unwrap();
        let natively = run(kernel, 19, 3);
        assert!(sum.total_cmp(&natively).is_eq(), "{name}: {sum}, natively {natively}");
    }
}
