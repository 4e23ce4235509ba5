//! What models are trained and tested with.

use rush_worker::WorkerRng;

use crate::{Args, Error, Table, Train};

/// The rows to train with and those to test with.
#[derive(Debug, Clone, PartialEq)]
pub struct Data {
    /// The rows to train with.
    pub train: Sample,
    /// The rows to test with.
    pub test: Sample,
}

/// Some rows of a table.
#[derive(Debug, Clone, PartialEq)]
pub struct Sample {
    /// The features, column by column, in single precision as in XGBoost.
    pub features: Vec<Vec<f32>>,
    /// What is to be predicted.
    pub target: Vec<f64>,
}

impl Data {
    /// What the arguments say of this table.
    pub fn new(args: &Args, table: &Table) -> Result<Self, Error> {
        let (train, test) = split(args, table.rows())?;
        let target = table.place("target", &args.target)?;
        let features: Vec<usize> = if let Some(names) = &args.features {
            names.iter().map(|name| table.place("features", name)).collect::<Result<_, _>>()?
        } else {
            let numeric = table.numeric(&[train.as_slice(), &test].concat());
            numeric.into_iter().filter(|&place| place != target).collect()
        };
        if features.contains(&target) {
            return Err(Error::TargetIsFeature(args.target.clone()));
        }
        if features.is_empty() {
            return Err(Error::NoFeatures { target: args.target.clone() });
        }
        let sample = |rows: &[usize]| -> Result<Sample, Error> {
            let column = |&place: &usize| Ok(table.numbers(place, rows)?.into_iter().map(single).collect());
            Ok(Sample {
                features: features.iter().map(column).collect::<Result<_, Error>>()?,
                target: table.numbers(target, rows)?,
            })
        };
        Ok(Self { train: sample(&train)?, test: sample(&test)? })
    }
}

impl Sample {
    /// How many rows there are.
    pub fn rows(&self) -> usize {
        self.target.len()
    }
}

/// To the nearest number of single precision.
#[expect(clippy::cast_possible_truncation, reason = "it is what is wanted")]
pub(crate) fn single(number: f64) -> f32 {
    number as f32
}

/// The places of the rows to train with and of those to test with, each in the order of the table.
fn split(args: &Args, rows: usize) -> Result<(Vec<usize>, Vec<usize>), Error> {
    let mut free = vec![true; rows];
    let mut take = |argument, numbers: &[usize]| {
        let mut places = Vec::with_capacity(numbers.len());
        for &number in numbers {
            let place = number.wrapping_sub(1);
            match free.get_mut(place) {
                None => return Err(Error::NoRow { argument, row: number, rows }),
                Some(false) => return Err(Error::RowTwice(number)),
                Some(free) => *free = false,
            }
            places.push(place);
        }
        places.sort_unstable();
        Ok(places)
    };
    let test = args.test.as_ref().map(|numbers| take("test", numbers)).transpose()?;
    let train = match &args.train {
        Train::Rows(numbers) => take("train", numbers)?,
        Train::Drawn(train) => {
            let mut train = draw(args.split_seed, *train, &free)?;
            train.sort_unstable();
            for &place in &train {
                free[place] = false;
            }
            train
        }
    };
    let test = test.unwrap_or_else(|| (0..rows).filter(|&place| free[place]).collect());
    match (train.is_empty(), test.is_empty()) {
        (true, _) => Err(Error::NoRows("train")),
        (_, true) => Err(Error::NoRows("test")),
        _ => Ok((train, test)),
    }
}

/// So many of the places that are free, each as likely as any other.
fn draw(seed: u64, train: usize, free: &[bool]) -> Result<Vec<usize>, Error> {
    let mut places: Vec<usize> = (0..free.len()).filter(|&place| free[place]).collect();
    if train > places.len() {
        return Err(Error::TooFewRows { train, rows: places.len() });
    }
    let mut rng = WorkerRng::new(seed);
    let indices: Vec<usize> = (0..places.len()).collect();
    for drawn in 0..train {
        places.swap(drawn, *rng.choice(&indices[drawn..]));
    }
    places.truncate(train);
    Ok(places)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn args(train: Train, test: Option<Vec<usize>>) -> Args {
        let defaults = r#"{ "target": "y", "train": 1 }"#;
        Args { train, test, ..serde_json::from_str(defaults).unwrap() }
    }

    fn table() -> Table {
        Table::read(b"name,x,y,z\na,1,10,0.1\nb,2,20,0.2\nc,3,30,0.3\nd,4,40,NA\n").unwrap()
    }

    fn error(args: &Args) -> String {
        Data::new(args, &table()).unwrap_err().to_string()
    }

    #[test]
    fn the_rows_that_are_not_trained_with_are_the_test() {
        let args = Args { features: Some(vec!["x".into()]), ..args(Train::Rows(vec![4, 1]), None) };
        let Data { train, test } = Data::new(&args, &table()).unwrap();
        assert_eq!((train.features, train.target), (vec![vec![1.0, 4.0]], vec![10.0, 40.0]));
        assert_eq!((test.features, test.target), (vec![vec![2.0, 3.0]], vec![20.0, 30.0]));
    }

    #[test]
    fn features_are_all_columns_of_numbers() {
        let Data { train, test } =
            Data::new(&args(Train::Rows(vec![1, 2]), Some(vec![3])), &table()).unwrap();
        assert_eq!(train.features, [[1.0, 2.0], [0.1, 0.2]]);
        assert_eq!((test.features, test.target), (vec![vec![3.0], vec![0.3]], vec![30.0]));
    }

    #[test]
    fn a_draw_is_that_of_its_seed() {
        let drawn = |split_seed| {
            let args = Args { split_seed, ..args(Train::Drawn(20), Some(vec![1, 2])) };
            let (train, test) = split(&args, 32).unwrap();
            assert_eq!((train.len(), test), (20, vec![0, 1]));
            assert!(train.is_sorted() && train[0] >= 2, "{train:?}");
            train
        };
        assert_eq!(drawn(1), drawn(1));
        assert_ne!(drawn(1), drawn(2));
        let (train, test) = split(&args(Train::Drawn(20), None), 32).unwrap();
        let mut all = [train, test].concat();
        all.sort_unstable();
        assert_eq!(all, (0..32).collect::<Vec<_>>());
    }

    #[test]
    fn every_row_is_drawn_as_often_as_any_other() {
        let mut counts = [0_u32; 8];
        for seed in 0..4_000 {
            draw(seed, 2, &[true; 8]).unwrap().iter().for_each(|&place| counts[place] += 1);
        }
        // 1,000 each are expected, with a standard deviation of 27.
        assert!(counts.iter().all(|count| (850..1_150).contains(count)), "{counts:?}");
    }

    #[test]
    fn what_is_wrong_with_rows_and_columns_is_told() {
        assert_eq!(
            error(&args(Train::Rows(vec![0]), None)),
            "`objective.args.train` has row 0; the table has rows 1 to 4"
        );
        assert_eq!(
            error(&args(Train::Rows(vec![1]), Some(vec![5]))),
            "`objective.args.test` has row 5; the table has rows 1 to 4"
        );
        assert_eq!(
            error(&args(Train::Rows(vec![1, 2]), Some(vec![3, 2]))),
            "row 2 stands twice in `objective.args.train` and `objective.args.test`"
        );
        assert_eq!(
            error(&args(Train::Drawn(4), Some(vec![3]))),
            "`objective.args.train` is 4, but only 3 rows are not in `objective.args.test`"
        );
        assert_eq!(error(&args(Train::Drawn(4), None)), "no rows are left for `objective.args.test`");
        assert_eq!(error(&args(Train::Drawn(0), None)), "no rows are left for `objective.args.train`");
        assert!(error(&args(Train::Drawn(2), None)).starts_with("column `z` has `NA` in row 4"));
        let of = |features: &[&str]| Args {
            features: Some(features.iter().map(ToString::to_string).collect()),
            ..args(Train::Rows(vec![1, 2]), None)
        };
        assert_eq!(error(&of(&["x", "y"])), "`objective.args.features` has `y`, which is the target");
        assert!(
            error(&of(&["w"]))
                .starts_with("`objective.args.features` names a column `w`; the table has `name`")
        );
        assert!(error(&of(&["name"])).starts_with("column `name` has `a` in row 1"));
        assert!(error(&of(&[])).starts_with("no column of numbers is left besides `y`"));
    }
}
