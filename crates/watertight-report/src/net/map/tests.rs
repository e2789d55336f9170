mod look;
mod samples;
