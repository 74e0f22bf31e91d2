//! What stands between a command and the machine.

use serde::{Deserialize, Serialize};

/// One layer of the enclosure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Layer {
    /// A container of an engine: a root that is an image and cannot be written to, namespaces, no capabilities.
    Container,
    /// The namespaces and the root that bubblewrap makes.
    Bubblewrap,
    /// A user of its own, without rights outside, and namespaces of its own for mounts, processes and names.
    UserNamespace,
    /// No way to a network.
    NetworkNamespace,
    /// The project as a layer above the real one, in memory.
    Overlay,
    /// The project as a copy.
    Copy,
    /// Files and signals denied by Landlock.
    Landlock,
    /// System calls denied.
    Seccomp,
    /// Limits by a control group.
    ControlGroup,
    /// Limits by the kernel for each process, and a look at their sum many times a second.
    ResourceLimits,
    /// Another user id on this machine than the one that started us.
    OtherUser,
}

impl Layer {
    /// The word for it in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Layer::Container => "container",
            Layer::Bubblewrap => "bubblewrap",
            Layer::UserNamespace => "userns",
            Layer::NetworkNamespace => "netns",
            Layer::Overlay => "overlay",
            Layer::Copy => "copy",
            Layer::Landlock => "landlock",
            Layer::Seccomp => "seccomp",
            Layer::ControlGroup => "cgroup",
            Layer::ResourceLimits => "rlimits",
            Layer::OtherUser => "uid",
        }
    }
}

/// A layer that could not be had.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lost {
    /// The layer.
    pub layer: Layer,
    /// Why not.
    pub why: String,
}
