//! Argon2id, two at a time: it takes 19 MiB and tens of milliseconds of a core by design.

use argon2::{
    Algorithm, Argon2, Params, PasswordHasher as _, PasswordVerifier as _, Version,
    password_hash::phc::PasswordHash,
};
use kernel::Secret;
use tokio::sync::Semaphore;

use crate::Problem;

/// OWASP's minimum for argon2id: 19 MiB, two passes, one lane.
const MEMORY_KIB: u32 = 19_456;
const PASSES: u32 = 2;
const LANES: u32 = 1;
/// How many are computed at once, so that signing in cannot take all cores.
const AT_ONCE: usize = 2;

/// Computes hashes of passwords.
#[derive(Debug)]
pub(crate) struct Hasher(Semaphore);

impl Default for Hasher {
    fn default() -> Self {
        Self(Semaphore::new(AT_ONCE))
    }
}

impl Hasher {
    pub(super) async fn hash(&self, password: Secret, salt: [u8; 16]) -> Result<String, Problem> {
        self.compute(move || hash(&password, &salt)).await?
    }

    pub(super) async fn verify(
        &self,
        password: Secret,
        hash: Option<String>,
    ) -> Result<Verified, Problem> {
        self.compute(move || verify(&password, hash.as_deref())).await?
    }

    async fn compute<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Problem> {
        let _one_of_few = self.0.acquire().await.map_err(Problem::internal)?;
        tokio::task::spawn_blocking(work).await.map_err(Problem::internal)
    }
}

/// What a comparison came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::identity) enum Verified {
    No,
    Yes,
    /// It is right, and was hashed with less than today's cost.
    Outdated,
}

fn argon2() -> Result<Argon2<'static>, Problem> {
    let params = Params::new(MEMORY_KIB, PASSES, LANES, None).map_err(internal)?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

fn hash(password: &Secret, salt: &[u8]) -> Result<String, Problem> {
    let hashed: PasswordHash =
        argon2()?.hash_password_with_salt(password.expose().as_bytes(), salt).map_err(internal)?;
    Ok(hashed.to_string())
}

fn verify(password: &Secret, known: Option<&str>) -> Result<Verified, Problem> {
    let Some(known) = known else {
        hash(password, &[0; 16])?;
        return Ok(Verified::No);
    };
    let parsed = PasswordHash::new(known).map_err(internal)?;
    if argon2()?.verify_password(password.expose().as_bytes(), &parsed).is_err() {
        return Ok(Verified::No);
    }
    let params = Params::try_from(&parsed).map_err(internal)?;
    let is_outdated = params.m_cost() < MEMORY_KIB || params.t_cost() < PASSES;
    Ok(if is_outdated { Verified::Outdated } else { Verified::Yes })
}

fn internal(error: impl std::fmt::Display) -> Problem {
    Problem::internal(anyhow::anyhow!("a password cannot be hashed: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_is_phc_argon2id_and_proves_its_password_only() {
        let password = Secret::new("correct horse battery");
        let hashed = hash(&password, &[7; 16]).unwrap();
        assert!(hashed.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hashed}");
        assert_eq!(verify(&password, Some(&hashed)).unwrap(), Verified::Yes);
        let other = Secret::new("correct horse batterz");
        assert_eq!(verify(&other, Some(&hashed)).unwrap(), Verified::No);
        assert_eq!(verify(&password, None).unwrap(), Verified::No);
    }

    #[test]
    fn a_cheaper_hash_is_right_but_outdated() {
        let params = Params::new(8_192, 1, 1, None).unwrap();
        let cheap = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        let hashed: PasswordHash = cheap.hash_password_with_salt(b"older", &[1; 16]).unwrap();
        let known = hashed.to_string();
        assert_eq!(verify(&Secret::new("older"), Some(&known)).unwrap(), Verified::Outdated);
    }
}
