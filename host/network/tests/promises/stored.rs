//! What travels to workers: configurations, components, files.

use rush_network::Error;

use crate::fixture::Fixture;

#[tokio::test]
async fn configurations_and_components_travel_by_their_digest() {
    let net = Fixture::new().await;
    let component: Vec<u8> = (0..1_000_000_u32).flat_map(u32::to_le_bytes).collect();
    let digest = net.network.store_blob(&component, None).await.unwrap();
    assert_eq!(digest, rush_network::digest(&component));
    assert_eq!(net.network.blob(&digest, None).await.unwrap().unwrap(), component);
    let config = net.network.store_config("network = \"ä\"").await.unwrap();
    assert_eq!(net.network.config(&config).await.unwrap().unwrap(), "network = \"ä\"");
    assert_eq!(net.network.config(&digest).await.unwrap(), None);
    net.check();
    let _: () = net.raw(&format!("SET promises:config:{config} other"));
    assert!(matches!(net.network.config(&config).await, Err(Error::Corrupt { .. })));
    net.network.reset().await.unwrap();
    assert_eq!(net.dbsize(), 0);
}

#[tokio::test]
async fn a_second_start_changes_nothing_of_what_the_first_workers_are_given() {
    let net = Fixture::new().await;
    let first = net.network.store_config("first").await.unwrap();
    let second = net.another().await.store_config("second").await.unwrap();
    assert_ne!(first, second);
    assert_eq!(net.network.store_config("first").await.unwrap(), first, "the same has the same name");
    assert_eq!(net.network.config(&first).await.unwrap().unwrap(), "first");
    assert_eq!(net.network.config(&second).await.unwrap().unwrap(), "second");
    net.check();
}

/// In memory if there is room: half a gigabyte would keep the disk busy, and with it the Redis of every other test.
fn roomy_folder() -> tempfile::TempDir {
    let memory = "/dev/shm";
    let free = rustix::fs::statvfs(memory).map_or(0, |room| room.f_bavail * room.f_frsize);
    if free > 2 << 30 { tempfile::tempdir_in(memory).unwrap() } else { tempfile::tempdir().unwrap() }
}

/// One megabyte more than 512 MiB, all of it zeros.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_larger_than_redis_takes_is_refused_or_goes_into_the_folder_for_large_objects() {
    let net = Fixture::new().await;
    let content = vec![0_u8; 513 << 20];
    let refused = net.network.store_blob(&content, None).await.unwrap_err();
    assert!(matches!(refused, Error::TooLargeForRedis { size, .. } if size == content.len()), "{refused:?}");
    assert!(refused.to_string().contains("`[data] large_objects`"), "{refused}");
    assert_eq!(net.dbsize(), 0, "nothing was written");

    let folder = roomy_folder();
    let digest = net.network.store_blob(&content, Some(folder.path())).await.unwrap();
    drop(content);
    let files: Vec<_> = folder.path().read_dir().unwrap().map(|file| file.unwrap().file_name()).collect();
    assert_eq!(files, [digest.as_str()], "nothing temporary is left");
    assert_eq!(net.dbsize(), 0);
    let read = net.another().await.blob(&digest, Some(folder.path())).await.unwrap().unwrap();
    assert!(read.len() == 513 << 20 && read.iter().all(|byte| *byte == 0));
    drop(read);
    assert_eq!(net.network.blob(&digest, None).await.unwrap(), None, "without the folder nobody finds it");
}

#[tokio::test]
async fn a_folder_for_large_objects_is_asked_only_for_what_redis_does_not_have() {
    let net = Fixture::new().await;
    let folder = tempfile::tempdir().unwrap();
    let small = net.network.store_blob(b"small", Some(folder.path())).await.unwrap();
    assert_eq!(folder.path().read_dir().unwrap().count(), 0, "what is small goes to Redis");
    assert_eq!(net.network.blob(&small, Some(folder.path())).await.unwrap().unwrap(), b"small");
    let absent = rush_network::digest(b"absent");
    assert_eq!(net.network.blob(&absent, Some(folder.path())).await.unwrap(), None);
    let missing = folder.path().join("missing");
    assert_eq!(net.network.blob(&absent, Some(&missing)).await.unwrap(), None);
}

#[tokio::test]
async fn what_stands_in_the_folder_for_large_objects_is_verified_and_never_outside_of_it() {
    let net = Fixture::new().await;
    let folder = tempfile::tempdir().unwrap();
    let inside = folder.path().join("inside");
    std::fs::create_dir(&inside).unwrap();
    let digest = rush_network::digest(b"right");
    std::fs::write(inside.join(&digest), b"wrong").unwrap();
    let corrupt = net.network.blob(&digest, Some(&inside)).await;
    assert!(matches!(corrupt, Err(Error::Corrupt { .. })), "{corrupt:?}");
    std::fs::write(folder.path().join("secret"), b"secret").unwrap();
    assert_eq!(net.network.blob("../secret", Some(&inside)).await.unwrap(), None);
}
