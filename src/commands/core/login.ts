/**
 * The environment of what runs on a server. Our own scripts and the tools that they call do what their manuals say, whatever the
 * login's profile has set; a user's command has the login's environment back, whatever our scripts have set since.
 */

/** Variables that change what a shell, coreutils, tar, gzip, grep, awk or systemd's tools do, or how they print. */
const ofTools = `IFS BASH_ENV ENV CDPATH GLOBIGNORE POSIXLY_CORRECT _POSIX2_VERSION POSIX_ME_HARDER TMPDIR
LC_ALL GREP_OPTIONS GREP_COLOR GREP_COLORS LS_COLORS LS_BLOCK_SIZE DF_BLOCK_SIZE DU_BLOCK_SIZE BLOCK_SIZE BLOCKSIZE
QUOTING_STYLE TIME_STYLE TABSIZE COLUMNS LINES TAR_OPTIONS TAPE GZIP PIGZ VERSION_CONTROL SIMPLE_BACKUP_SUFFIX AWKPATH AWKLIBPATH
GAWK_READ_TIMEOUT OPENSSL_CONF SYSTEMD_PAGER SYSTEMD_COLORS SYSTEMD_URLIFY SYSTEMD_LOG_LEVEL SYSTEMD_LOG_TARGET`;

/** What our scripts call their own variables: one that a login exports under such a name would be changed for its commands. */
const ofScripts = `app asked bare base began bring cgroup code copy current deploy dir failed file found free from got grace group health help how id inner ip journal kept
last left limit line lines link links list main mark more name near network new next note now number old oom own owner path pid port pulled real
release rest root runs said seen shared shown since socket started status sum table tag time token told tool tree tries type uid unit up user verb
wait watcher what wrong`;

export const ownNames: readonly string[] = `${ofTools} ${ofScripts}`.split(/\s+/);

/**
 * Begins each script. What is set is put aside under another name; \`CANOPY_LOGIN\` becomes the text that puts it back, for every
 * shell below. LC_ALL alone decides on language and on the decimal mark.
 */
export const ownEnvironment = `set +aCefuvx
CANOPY_LOGIN='unset LC_ALL'
if [ "${ownNames.map((name) => `\${${name}+x}`).join('')}" ]; then
  for canopy_name in ${ownNames.join(' ')}; do
    eval "[ \\"\\\${$canopy_name+x}\\" ] || continue; canopy_was_$canopy_name=\\$$canopy_name; export canopy_was_$canopy_name; unset $canopy_name"
    CANOPY_LOGIN="$CANOPY_LOGIN; $canopy_name=\\$canopy_was_$canopy_name; export $canopy_name; unset canopy_was_$canopy_name"
  done
fi
CANOPY_LOGIN="$CANOPY_LOGIN; unset CANOPY_LOGIN"
LC_ALL=C
export LC_ALL CANOPY_LOGIN`;

/** Puts the login's environment back in the shell that runs it. */
export const asLogin = 'eval "${CANOPY_LOGIN-}"';
